import type { Turn } from '@threadstore/core';
import { command } from '../command.ts';
import { saidText } from '../format/said-text.ts';
import type { Column } from '../format/table.ts';
import { timeText } from '../format/times.ts';
import { turnsSettings } from '../settings/reading-settings.ts';
import { clientSettings } from '../settings/settings.ts';
import { printPages, printPageTable } from './page-output.ts';
import { pages } from './pages.ts';
import { withRemoteStore } from './remote.ts';

export const turnsCommand = command({
  name: 'turns',
  summary: "list a thread's turns",
  description: "Lists a thread's turns, the latest first, each with its first user message and its final answer.",
  args: [{ name: '<thread-id>', help: 'id of the thread' }],
  examples: [
    { line: 'threadstore turns --limit 5 01890a5d-ac96-774b-bcce-b302099a8057', does: 'the last five' },
    {
      line: 'threadstore turns --json --view full --asc --limit 0 01890a5d-ac96-774b-bcce-b302099a8057',
      does: 'all, with all their items, from the start',
    },
  ],
  settings: { ...clientSettings, ...turnsSettings },
  run: async ({ settings: given, args, terminal }) => {
    const query = {
      threadId: args[0] ?? '',
      includeArchived: given.includeArchived.value,
      sortDirection: given.asc.value ? ('asc' as const) : ('desc' as const),
      itemsView: given.view.value,
    };
    await withRemoteStore(given, async (store) => {
      const listed = pages(
        given,
        (page) => store.listTurns({ ...query, ...page }),
        ({ turns }) => turns,
      );
      if (given.json.value) await printPages(listed, terminal);
      else {
        await printPageTable(listed, { columns, rowsOf: ({ turns }) => turns.map(row), none: 'no turns' }, terminal);
      }
    });
    return 0;
  },
});

const columns: readonly Column[] = [
  // A UUID is not cut: `items --turn` needs it.
  { title: 'TURN', min: 36 },
  { title: 'FROM ITEM', align: 'right' },
  { title: 'STATUS' },
  { title: 'STARTED (UTC)', optional: true },
  { title: 'SECONDS', align: 'right', optional: true },
  { title: 'SAID', min: 15 },
];

function row(turn: Turn): readonly string[] {
  return [
    turn.turnId,
    String(turn.firstOrdinal),
    turn.status,
    turn.startedAt === null ? '' : timeText(turn.startedAt),
    turn.durationMs === null ? '' : (turn.durationMs / 1_000).toFixed(1),
    said(turn),
  ];
}

/** How it began and how it ended. */
function said({ items, error }: Turn): string {
  const texts = items.map(({ json }) => saidText(json)).filter((text) => text !== '');
  const first = texts[0] ?? '';
  const last = error?.message ?? (texts.length > 1 ? texts.at(-1) : undefined);
  return last === undefined ? first : `${first} → ${last}`.trim();
}
