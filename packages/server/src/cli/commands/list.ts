import type { ThreadPage } from '@threadstore/core';
import { sortTime, sourceText } from '@threadstore/core/internal';
import { command, type Invocation } from '../command.ts';
import { jsonText } from '../format/json-text.ts';
import { tableText, type Column } from '../format/table.ts';
import { timeText } from '../format/times.ts';
import { listSettings } from '../settings/reading-settings.ts';
import { clientSettings } from '../settings/settings.ts';
import { writeWhenReady } from '../terminal.ts';
import { pages } from './pages.ts';
import { withRemoteStore } from './remote.ts';
import { threadQuery } from './thread-query.ts';

const settings = { ...clientSettings, ...listSettings };
type ListInvocation = Invocation<typeof settings>;

export const listCommand = command({
  name: 'list',
  summary: 'list threads',
  description: 'Lists the threads of a service, the most recent first.',
  args: [],
  examples: [
    { line: 'threadstore list --limit 20', does: 'the twenty most recent threads' },
    { line: 'threadstore list --archived --sort created --order asc', does: 'archived ones, oldest first' },
    { line: 'threadstore list --json --limit 0 | jq -r .threadId', does: 'all ids' },
  ],
  settings,
  run: async (invocation) => {
    const { settings: given } = invocation;
    const query = { ...threadQuery(given), searchTerm: given.search.value };
    await withRemoteStore(given, async (store) => {
      const listed = pages(
        given,
        (page) => store.listThreads({ ...query, ...page }),
        ({ threads }) => threads,
      );
      await (given.json.value ? printJson(listed, invocation) : printTable(listed, invocation));
    });
    return 0;
  },
});

async function printJson(listed: AsyncIterable<ThreadPage>, { terminal }: ListInvocation): Promise<void> {
  for await (const { threads } of listed) {
    for (const thread of threads) await writeWhenReady(terminal.stdout, `${jsonText(thread)}\n`);
  }
}

const columns: readonly Column[] = [
  { title: 'THREAD' },
  { title: 'TIME (UTC)' },
  { title: 'ITEMS', align: 'right' },
  { title: 'SOURCE', min: 6, optional: true },
  { title: 'MODEL', min: 8, optional: true },
  { title: 'DIRECTORY', min: 12, optional: true },
  { title: 'NAME OR PREVIEW', min: 15 },
];

async function printTable(listed: AsyncIterable<ThreadPage>, invocation: ListInvocation): Promise<void> {
  const { terminal, settings: given } = invocation;
  const rows: string[][] = [];
  for await (const { threads } of listed) {
    for (const thread of threads) {
      rows.push([
        thread.threadId,
        timeText(sortTime(thread, `${given.sort.value}_at`)).slice(0, 16),
        String(thread.nextOrdinal),
        sourceText(thread.source),
        thread.model ?? '',
        thread.cwd,
        thread.name ?? thread.title ?? thread.preview,
      ]);
    }
  }
  const none = `no ${given.archived.value ? 'archived ' : ''}threads\n`;
  await writeWhenReady(terminal.stdout, rows.length === 0 ? none : tableText(columns, rows, terminal.columns));
}
