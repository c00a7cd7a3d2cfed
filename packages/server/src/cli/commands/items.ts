import type { PlacedItem } from '@threadstore/core';
import { command } from '../command.ts';
import { itemKind, kindText } from '../format/item-kind.ts';
import { saidText } from '../format/said-text.ts';
import type { Column } from '../format/table.ts';
import { itemsSettings } from '../settings/reading-settings.ts';
import { clientSettings } from '../settings/settings.ts';
import { printPages, printPageTable } from './page-output.ts';
import { pages } from './pages.ts';
import { withRemoteStore } from './remote.ts';

export const itemsCommand = command({
  name: 'items',
  summary: "list a thread's items, or those of one turn",
  description:
    "Lists a thread's items, or those of one turn, the earliest first, without those that a rollback hides (export has all).",
  args: [{ name: '<thread-id>', help: 'id of the thread' }],
  examples: [
    { line: 'threadstore items --desc --limit 20 01890a5d-ac96-774b-bcce-b302099a8057', does: 'the last twenty' },
    {
      line: "threadstore items --json --turn 7 01890a5d-ac96-774b-bcce-b302099a8057 | jq -r '.items[].json'",
      does: 'the first items of a turn, as they were appended',
    },
  ],
  settings: { ...clientSettings, ...itemsSettings },
  run: async ({ settings: given, args, terminal }) => {
    const query = {
      threadId: args[0] ?? '',
      includeArchived: given.includeArchived.value,
      sortDirection: given.desc.value ? ('desc' as const) : ('asc' as const),
      ...(given.turn.value === null ? {} : { turnId: given.turn.value }),
    };
    await withRemoteStore(given, async (store) => {
      const listed = pages(
        given,
        (page) => store.listItems({ ...query, ...page }),
        ({ items }) => items,
      );
      if (given.json.value) await printPages(listed, terminal);
      else {
        await printPageTable(listed, { columns, rowsOf: ({ items }) => items.map(row), none: 'no items' }, terminal);
      }
    });
    return 0;
  },
});

const columns: readonly Column[] = [
  { title: 'ITEM', align: 'right' },
  { title: 'TURN', min: 12, optional: true },
  { title: 'KIND', min: 10 },
  { title: 'BYTES', align: 'right' },
  { title: 'SAID', min: 15 },
];

function row({ ordinal, turnId, json }: PlacedItem): readonly string[] {
  const kind = itemKind(ordinal, json);
  return [String(ordinal), turnId ?? '', kindText(kind), String(kind.bytes), saidText(json)];
}
