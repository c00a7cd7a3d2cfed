import type { ListTurnsParams, ThreadStore, Turn, TurnPage } from '@threadstore/core';
import type { Mutant } from './mutant.ts';
import { eventsOf, misreading, renamed } from './shadow.ts';

const model = 'the model';

/** Mistakes about what an event means. */
const readingMutants: readonly Mutant[] = [
  misreader('knows one spelling of a start', renamed('turn_started', 'x')),
  misreader('knows one spelling of an end', renamed('turn_complete', 'x')),
  misreader('takes an abort for an end', renamed('turn_aborted', 'task_complete'), [model]),
  misreader(
    'knows no late aborts',
    eventsOf('turn_aborted', (payload) => ({ ...payload, turn_id: null })),
    [model],
  ),
  misreader(
    'ends the open turn, whatever turn an end names',
    eventsOf('task_complete', (payload) => ({ ...payload, turn_id: 'none' })),
    [model],
  ),
  misreader(
    'forgets the error of an end',
    eventsOf('task_complete', ({ error: _, ...payload }) => payload),
  ),
  misreader(
    'fails a turn for any error',
    eventsOf('error', (payload) => ({ ...payload, codex_error_info: null })),
  ),
  misreader('opens a turn for a tool that names another', renamed('exec_command_end', 'view_image_tool_call'), [model]),
  misreader('leaves tools where they stand', renamed('exec_command_end', 'x'), [model]),
  misreader('takes a compaction for a message', (text) =>
    text.replace('{"type":"compacted","payload":{', '{"type":"event_msg","payload":{"type":"context_compacted",'),
  ),
  misreader('opens no turn for a compaction', (text) => text.replace('{"type":"compacted"', '{"type":"x"'), [model]),
  misreader('opens no turn for an agent', renamed('agent_message', 'x'), [model]),
  misreader('opens no turn for a review', renamed('entered_review_mode', 'x')),
  misreader(
    'shows empty messages',
    eventsOf('agent_message', (payload) => ({ ...payload, message: 'x' })),
  ),
  misreader(
    'starts turns without an id',
    eventsOf('task_started', (payload) => ({ turn_id: 'x', ...payload })),
  ),
  misreader(
    'takes times for milliseconds',
    eventsOf('task_started', (payload) => ({ ...payload, started_at: Number(payload['started_at']) / 1000 })),
  ),
  {
    mistake: 'knows no completed items',
    chapters: ['recorded sessions'],
    mutate: (store) => misreading(store, renamed('item_completed', 'x')),
  },
  rollbackMutant('takes one turn more back', (turns) => turns + 1),
  rollbackMutant('takes one turn back, whatever it is told', (turns) => Math.min(turns, 1)),
  rollbackMutant('takes nothing back', () => 0),
];

function misreader(mistake: string, change: (text: string) => string, more: readonly string[] = []): Mutant {
  return { mistake, chapters: ['listTurns: events', ...more], mutate: (store) => misreading(store, change) };
}

function rollbackMutant(mistake: string, count: (turns: number) => number): Mutant {
  const change = eventsOf('thread_rolled_back', (payload) => ({
    ...payload,
    num_turns: count(Number(payload['num_turns'])),
  }));
  return { mistake, chapters: ['listTurns: rollbacks', model], mutate: (store) => misreading(store, change) };
}

/** Mistakes about what is shown of a turn. */
const viewMutants: readonly Mutant[] = [
  viewMutant('sums a turn up with its commentary', 'listTurns', (turn) => [first(turn, 'user'), last(turn, 'agent')]),
  viewMutant('sums a turn up with the last that the user said', 'listTurns', (turn, summary) => [
    last(turn, 'user'),
    ...summary.filter((item) => item.json !== first(turn, 'user')?.json),
  ]),
  viewMutant('sums a turn up with the user’s message alone', 'listTurns', (turn) => [first(turn, 'user')]),
  viewMutant('sums a turn up with its first and its last item', 'listTurns', ({ items }) => [
    items[0],
    ...(items.length > 1 ? [items.at(-1)] : []),
  ]),
  turnMutant('shows all items in every view', ['listTurns'], async (store, params) => {
    const page = await store.listTurns({ ...params, itemsView: 'full' });
    const itemsView = params.itemsView ?? 'summary';
    return { ...page, turns: page.turns.map((turn) => ({ ...turn, itemsView })) };
  }),
  turnMutant('shows the oldest turns first', ['listTurns', 'listTurns: cursors'], (store, params) =>
    store.listTurns({ ...params, sortDirection: params.sortDirection ?? 'asc' }),
  ),
  changedTurns('shows the turns of a page out of order', ['listTurns: events', model], (turns) =>
    turns.toSorted((a, b) => (a.turnId < b.turnId ? -1 : 1)),
  ),
  changedTurns('counts turns that nobody started', ['listTurns: events', model], (turns) =>
    turns.map((turn, n) => ({ ...turn, turnId: turn.turnId.startsWith('rollout-') ? `rollout-${n}` : turn.turnId })),
  ),
  changedTurns('takes open turns for interrupted ones', ['listTurns: events', model], (turns) =>
    turns.map((turn) => ({ ...turn, status: turn.status === 'inProgress' ? 'interrupted' : turn.status })),
  ),
  changedTurns('leaves out empty turns', ['listTurns: events'], (turns) =>
    turns.filter(({ itemsView, items }) => itemsView !== 'full' || items.length !== 1),
  ),
  changedTurns('forgets late items', ['listTurns: events', model], (turns) =>
    turns.map((turn) => ({
      ...turn,
      items:
        turn.itemsView === 'full'
          ? turn.items.filter(({ ordinal }, n) => ordinal === turn.firstOrdinal + BigInt(n))
          : turn.items,
    })),
  ),
  changedTurns('prints items again', ['listTurns'], (turns) =>
    turns.map((turn) => ({
      ...turn,
      items: turn.items.map((item) => ({ ...item, json: JSON.stringify(JSON.parse(item.json)) })),
    })),
  ),
];

type Item = Turn['items'][number];

function first({ items }: Turn, who: 'user' | 'agent'): Item | undefined {
  return items.find(({ json }) => json.includes(`"type":"${who}_message"`));
}

function last({ items }: Turn, who: 'user' | 'agent'): Item | undefined {
  return items.findLast(({ json }) => json.includes(`"type":"${who}_message"`));
}

type Summing = (full: Turn, summary: readonly Item[]) => readonly (Item | undefined)[];

function viewMutant(mistake: string, chapter: string, summing: Summing): Mutant {
  return turnMutant(mistake, [chapter], async (store, params) => {
    const page = await store.listTurns(params);
    if ((params.itemsView ?? 'summary') !== 'summary') return page;
    const full = await store.listTurns({ ...params, itemsView: 'full' });
    const turns = page.turns.map((turn, n) => {
      const items = summing(full.turns[n] ?? turn, turn.items).filter((item) => item !== undefined);
      return { ...turn, items };
    });
    return { ...page, turns };
  });
}

function turnMutant(
  mistake: string,
  chapters: readonly string[],
  listTurns: (store: ThreadStore, params: ListTurnsParams) => Promise<TurnPage>,
): Mutant {
  return { mistake, chapters, mutate: (store) => ({ listTurns: (params) => listTurns(store, params) }) };
}

function changedTurns(
  mistake: string,
  chapters: readonly string[],
  change: (turns: readonly Turn[]) => readonly Turn[],
): Mutant {
  return turnMutant(mistake, chapters, async (store, params) => {
    const page = await store.listTurns(params);
    return { ...page, turns: change(page.turns) };
  });
}

export const turnMutants: readonly Mutant[] = [...readingMutants, ...viewMutants];
