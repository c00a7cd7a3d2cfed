import type { StoredThread, ThreadStore } from '@threadstore/core';
import { sourceText } from '@threadstore/core/internal';
import { command } from '../command.ts';
import { itemKind, kindText, type ItemKind } from '../format/item-kind.ts';
import { jsonText } from '../format/json-text.ts';
import { factsText, tableText } from '../format/table.ts';
import { timeText } from '../format/times.ts';
import { showSettings } from '../settings/reading-settings.ts';
import { clientSettings } from '../settings/settings.ts';
import { writeWhenReady } from '../terminal.ts';
import { withRemoteStore } from './remote.ts';

export const showCommand = command({
  name: 'show',
  summary: 'show what is known about a thread',
  description:
    "Shows a thread's metadata, its lease, and the kinds of its last items. Archived threads are shown, too.",
  args: [{ name: '<thread-id>', help: 'id of the thread' }],
  examples: [
    { line: 'threadstore show 01890a5d-ac96-774b-bcce-b302099a8057', does: 'for people' },
    { line: 'threadstore show --json 01890a5d-ac96-774b-bcce-b302099a8057', does: 'for programs' },
  ],
  settings: { ...clientSettings, ...showSettings },
  run: async ({ settings, args, terminal }) => {
    const [threadId = ''] = args;
    await withRemoteStore(settings, async (store) => {
      const thread = await store.readThread({ threadId, includeArchived: true });
      const lastItems = await lastItemKinds(store, thread, settings.last.value);
      const text = settings.json.value
        ? `${jsonText({ ...thread, lastItems })}\n`
        : threadText(thread, lastItems, terminal.columns);
      await writeWhenReady(terminal.stdout, text);
    });
    return 0;
  },
});

async function lastItemKinds(store: ThreadStore, thread: StoredThread, count: number): Promise<readonly ItemKind[]> {
  const { threadId, nextOrdinal } = thread;
  const fromOrdinal = nextOrdinal > BigInt(count) ? nextOrdinal - BigInt(count) : 0n;
  const kinds: ItemKind[] = [];
  if (count === 0) return kinds;
  const range = { fromOrdinal, untilOrdinal: nextOrdinal };
  for await (const batch of store.streamHistory({ threadId, includeArchived: true, ...range })) {
    for (const [index, item] of batch.items.entries()) kinds.push(itemKind(batch.firstOrdinal + BigInt(index), item));
  }
  return kinds;
}

function threadText(thread: StoredThread, lastItems: readonly ItemKind[], columns: number): string {
  const facts = threadFacts(thread).filter((fact): fact is readonly [string, string] => fact[1] !== null);
  if (lastItems.length === 0) return factsText(facts);
  const rows = lastItems.map((kind) => [String(kind.ordinal), kindText(kind), String(kind.bytes)]);
  const titles = [
    { title: 'ORDINAL', align: 'right' as const },
    { title: 'LAST ITEMS', min: 10 },
    { title: 'BYTES', align: 'right' as const },
  ];
  return `${factsText(facts)}\n${tableText(titles, rows, columns)}`;
}

function threadFacts(thread: StoredThread): readonly (readonly [string, string | null])[] {
  const { gitInfo, lease, tokenUsage } = thread;
  return [
    ['thread', thread.threadId],
    ['name', thread.name],
    ['title', thread.title],
    ['preview', thread.preview === thread.title ? null : textOrNull(thread.preview)],
    ['items', String(thread.nextOrdinal)],
    ['created', timeText(thread.createdAt)],
    ['updated', timeText(thread.updatedAt)],
    ['recency', timeText(thread.recencyAt)],
    ['archived', thread.archivedAt === null ? null : timeText(thread.archivedAt)],
    ['directory', textOrNull(thread.cwd)],
    ['source', sourceText(thread.source)],
    ['thread source', thread.threadSource],
    ['originator', thread.originator],
    ['client version', textOrNull(thread.cliVersion)],
    ['model provider', textOrNull(thread.modelProvider)],
    ['model', thread.model],
    ['effort', thread.reasoningEffort],
    ['approval', jsonOrNull(thread.approvalMode)],
    ['sandbox', jsonOrNull(thread.sandboxPolicy)],
    ['memory', thread.memoryMode],
    [
      'agent',
      textOrNull([thread.agentNickname, thread.agentRole, thread.agentPath].filter((part) => part !== null).join(', ')),
    ],
    ['git branch', gitInfo?.branch ?? null],
    ['git commit', gitInfo?.commitHash ?? null],
    ['git repository', gitInfo?.repositoryUrl ?? null],
    [
      'tokens',
      tokenUsage === null
        ? null
        : `${tokenUsage.inputTokens} in, ${tokenUsage.outputTokens} out, ${tokenUsage.totalTokens} in all`,
    ],
    ['forked from', thread.forkedFromId],
    ['parent', thread.parentThreadId],
    ['session', thread.sessionId],
    ['epoch', String(thread.epoch)],
    [
      'lease',
      lease === null ? 'none' : `${lease.holder}, since ${timeText(lease.since)}, until ${timeText(lease.until)}`,
    ],
  ];
}

function textOrNull(text: string): string | null {
  return text === '' ? null : text;
}

function jsonOrNull(value: unknown): string | null {
  return value === null ? null : typeof value === 'string' ? value : jsonText(value);
}
