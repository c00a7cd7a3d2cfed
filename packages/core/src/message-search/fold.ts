/**
 * The text in lower case, unit by unit: a place in it is the same place in the text, and a part of it is the same wherever it
 * is cut out.
 */
export function fold(text: string): string {
  // The only letter that lower case makes longer, and the only one that it writes by what stands beside it.
  return text.replaceAll('İ', 'i').toLowerCase().replaceAll('ς', 'σ');
}

/** White space as one space, none at the ends. */
export function collapseSpace(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').trim();
}
