import type { ListThreadsParams, SessionSource, StoredThread, ThreadRelation, ThreadStore } from '@threadstore/core';
import { parseSourceText, sortTime, sourceText } from '@threadstore/core/internal';
import { usageError } from '../cli-error.ts';
import { command, type Invocation } from '../command.ts';
import { jsonText } from '../format/json-text.ts';
import { tableText, type Column } from '../format/table.ts';
import { timeText } from '../format/times.ts';
import { clientSettings, listSettings } from '../settings/settings.ts';
import { writeWhenReady } from '../terminal.ts';
import { withRemoteStore } from './remote.ts';

const settings = { ...clientSettings, ...listSettings };
type ListInvocation = Invocation<typeof settings>;

const pageSizeMax = 200;

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
    const query = queryOf(invocation);
    await withRemoteStore(invocation.settings, async (store) => {
      const threads = listed(store, query, invocation.settings.limit.value);
      if (invocation.settings.json.value) await printJson(threads, invocation);
      else await printTable(threads, invocation);
    });
    return 0;
  },
});

async function printJson(threads: AsyncIterable<StoredThread>, { terminal }: ListInvocation): Promise<void> {
  for await (const thread of threads) {
    await writeWhenReady(terminal.stdout, `${jsonText(thread)}\n`);
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

async function printTable(threads: AsyncIterable<StoredThread>, invocation: ListInvocation): Promise<void> {
  const { terminal, settings: given } = invocation;
  const rows: string[][] = [];
  for await (const thread of threads) {
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
  const none = `no ${given.archived.value ? 'archived ' : ''}threads\n`;
  await writeWhenReady(terminal.stdout, rows.length === 0 ? none : tableText(columns, rows, terminal.columns));
}

/** The threads that a query finds, across pages: `limit` at most, or all when it is 0. */
async function* listed(store: ThreadStore, query: ListThreadsParams, limit: number): AsyncGenerator<StoredThread> {
  let left = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  let cursor: string | null = null;
  do {
    const page = await store.listThreads({ ...query, pageSize: Math.min(left, pageSizeMax), cursor });
    yield* page.threads.slice(0, left);
    left -= page.threads.length;
    cursor = page.nextCursor;
  } while (cursor !== null && left > 0);
}

function queryOf({ settings: given }: ListInvocation): ListThreadsParams {
  return {
    sortKey: `${given.sort.value}_at`,
    sortDirection: given.order.value,
    archived: given.archived.value,
    searchTerm: given.search.value,
    modelProviders: given.modelProviders.value,
    cwdFilters: given.cwds.value,
    allowedSources: (given.sources.value ?? []).map((text) => source(text, given.sources.name)),
    relation: relation(given),
  };
}

function relation(given: ListInvocation['settings']): ThreadRelation | null {
  const { childrenOf, descendantsOf } = given;
  if (childrenOf.value !== null && descendantsOf.value !== null) {
    throw usageError(`${descendantsOf.name}: not together with ${childrenOf.name}`);
  }
  if (childrenOf.value !== null) return { directChildrenOf: childrenOf.value };
  return descendantsOf.value === null ? null : { descendantsOf: descendantsOf.value };
}

function source(text: string, flag: string): SessionSource {
  try {
    return parseSourceText(text);
  } catch {
    throw usageError(`${flag}: expected a word or a JSON object`);
  }
}
