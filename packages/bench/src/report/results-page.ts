/**
 * Puts text between the marks of a workload: `<!-- <name> -->` and `<!-- /<name> -->`, each on a line. Throws an `Error` for a
 * page without them.
 */
export function withResults(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`README: has no marks of ${name}`);
  return `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
}
