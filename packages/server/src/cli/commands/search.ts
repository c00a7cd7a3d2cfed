import type { ThreadSearchPage } from '@threadstore/core';
import { sortTime } from '@threadstore/core/internal';
import { command, type Invocation } from '../command.ts';
import { jsonText } from '../format/json-text.ts';
import { tableText, type Column } from '../format/table.ts';
import { timeText } from '../format/times.ts';
import { searchSettings } from '../settings/reading-settings.ts';
import { clientSettings } from '../settings/settings.ts';
import { writeWhenReady } from '../terminal.ts';
import { pages } from './pages.ts';
import { withRemoteStore } from './remote.ts';
import { threadQuery } from './thread-query.ts';

const settings = { ...clientSettings, ...searchSettings };
type SearchInvocation = Invocation<typeof settings>;

export const searchCommand = command({
  name: 'search',
  summary: 'find threads in which somebody said something',
  description:
    'Finds threads in which a user or an agent said something, and shows the latest message of each that matches. The term is ' +
    'literal, in upper or lower case, and matches from the start of a word on.',
  args: [{ name: '<term>', help: 'what was said' }],
  examples: [
    { line: "threadstore search 'connection reset'", does: 'in the fifty most recent threads that say it' },
    { line: 'threadstore search --tool-output --cwd /srv/garden ENOSPC', does: 'in what tools put out, too' },
    { line: 'threadstore search --json --limit 0 deploy | jq -r .thread.threadId', does: 'all ids' },
  ],
  settings,
  run: async (invocation) => {
    const { settings: given, args } = invocation;
    const query = {
      ...threadQuery(given),
      searchTerm: args[0] ?? '',
      includeToolOutput: given.toolOutput.value,
    };
    await withRemoteStore(given, async (store) => {
      const found = pages(
        given,
        (page) => store.searchThreads({ ...query, ...page }),
        ({ hits }) => hits,
      );
      await (given.json.value ? printJson(found, invocation) : printTable(found, invocation));
    });
    return 0;
  },
});

async function printJson(found: AsyncIterable<ThreadSearchPage>, { terminal }: SearchInvocation): Promise<void> {
  for await (const { hits } of found) {
    for (const hit of hits) await writeWhenReady(terminal.stdout, `${jsonText(hit)}\n`);
  }
}

const columns: readonly Column[] = [
  { title: 'THREAD' },
  { title: 'TIME (UTC)' },
  { title: 'ITEM', align: 'right' },
  { title: 'NAME OR PREVIEW', min: 12, optional: true },
  { title: 'MATCH', min: 20 },
];

async function printTable(found: AsyncIterable<ThreadSearchPage>, invocation: SearchInvocation): Promise<void> {
  const { terminal, settings: given } = invocation;
  const rows: string[][] = [];
  for await (const { hits } of found) {
    for (const { thread, ordinal, snippet } of hits) {
      rows.push([
        thread.threadId,
        timeText(sortTime(thread, `${given.sort.value}_at`)).slice(0, 16),
        String(ordinal),
        thread.name ?? thread.title ?? thread.preview,
        snippet,
      ]);
    }
  }
  const none = `no ${given.archived.value ? 'archived ' : ''}threads\n`;
  await writeWhenReady(terminal.stdout, rows.length === 0 ? none : tableText(columns, rows, terminal.columns));
}
