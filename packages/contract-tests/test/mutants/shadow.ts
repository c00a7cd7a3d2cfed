import { MemoryThreadStore, type PlacedItem, type ThreadStore } from '@threadstore/core';
import type { Mutation } from './mutant.ts';

/**
 * A store that takes each item for another where turns are concerned: it asks a copy of the thread whose items were changed, and
 * shows the items as they are.
 */
export function misreading(store: ThreadStore, change: (text: string) => string): Mutation {
  const copyOf = async (threadId: string): Promise<{ copy: ThreadStore; texts: readonly string[] }> => {
    const { items: texts } = await store.loadHistory({ threadId, includeArchived: true });
    const copy = new MemoryThreadStore();
    const { epoch } = await copy.createThread({ threadId });
    await copy.persistThread({ threadId, epoch });
    let sequence = 0n;
    for (let at = 0; at < texts.length; at += 500) {
      await copy.appendItems({ threadId, epoch, sequence, items: texts.slice(at, at + 500).map(change) });
      sequence += 1n;
    }
    return { copy, texts };
  };
  const asTheyAre = (items: readonly PlacedItem[], texts: readonly string[]): PlacedItem[] =>
    items.map((item) => ({ ...item, json: texts[Number(item.ordinal)] ?? '' }));
  return {
    listTurns: async (params, options) => {
      await store.listTurns(params, options);
      const { copy, texts } = await copyOf(params.threadId);
      const page = await copy.listTurns(params);
      return { ...page, turns: page.turns.map((turn) => ({ ...turn, items: asTheyAre(turn.items, texts) })) };
    },
    listItems: async (params, options) => {
      await store.listItems(params, options);
      const { copy, texts } = await copyOf(params.threadId);
      const page = await copy.listItems(params);
      return { ...page, items: asTheyAre(page.items, texts) };
    },
  };
}

type Payload = Record<string, unknown>;

/** A change of the payloads of one type of event. */
export function eventsOf(type: string, change: (payload: Payload) => Payload): (text: string) => string {
  return (text) => {
    const item = JSON.parse(text) as { type: string; payload?: Payload | null };
    if (item.type !== 'event_msg' || item.payload?.['type'] !== type) return text;
    return JSON.stringify({ ...item, payload: change(item.payload) });
  };
}

export function renamed(from: string, to: string): (text: string) => string {
  return eventsOf(from, (payload) => ({ ...payload, type: to }));
}
