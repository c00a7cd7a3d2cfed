/** What a workload came to. */
export interface Report {
  /** A table; the first row names the columns. Empty where nothing could be run. */
  readonly rows: readonly (readonly string[])[];
  /** Sentences below the table. */
  readonly notes: readonly string[];
}

/** A report in Markdown. */
export function markdownOf({ rows, notes }: Report): string {
  const list = notes.map((note) => `- ${note}`).join('\n');
  return [tableOf(rows), list].filter((part) => part !== '').join('\n\n');
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const [head, ...body] = rows;
  if (head === undefined) return '';
  const widths = head.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

/** A figure for people: `1,234`, `56.7`, `0.89`. */
export function figure(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
