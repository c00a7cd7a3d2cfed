import { jsonText } from '../format/json-text.ts';
import { tableText, type Column } from '../format/table.ts';
import { visibleText } from '../format/visible-text.ts';
import { writeWhenReady, type Terminal } from '../terminal.ts';

interface CursoredPage {
  readonly nextCursor: string | null;
}

interface PageTable<Page> {
  readonly columns: readonly Column[];
  readonly rowsOf: (page: Page) => readonly (readonly string[])[];
  /** What is printed in the place of a table without rows. */
  readonly none: string;
}

/** One JSON object per page and line, for programs. */
export async function printPages(listed: AsyncIterable<CursoredPage>, terminal: Terminal): Promise<void> {
  for await (const page of listed) await writeWhenReady(terminal.stdout, `${jsonText(page)}\n`);
}

/** All pages as one table, and below it how to go on. */
export async function printPageTable<Page extends CursoredPage>(
  listed: AsyncIterable<Page>,
  { columns, rowsOf, none }: PageTable<Page>,
  terminal: Terminal,
): Promise<void> {
  const rows: (readonly string[])[] = [];
  let next: string | null = null;
  for await (const page of listed) {
    rows.push(...rowsOf(page));
    next = page.nextCursor;
  }
  const table = rows.length === 0 ? `${none}\n` : tableText(columns, rows, terminal.columns);
  await writeWhenReady(terminal.stdout, next === null ? table : `${table}more: --cursor ${visibleText(next)}\n`);
}
