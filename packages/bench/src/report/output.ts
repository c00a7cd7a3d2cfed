export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints a table in Markdown; the first row names the columns. */
export function sayTable(rows: readonly (readonly string[])[]): void {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [, ...body] = rows;
  say([line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n'));
}
