import assert from 'node:assert/strict';
import type { ThreadId, ThreadStore, Turn, TurnStatus } from '@threadstore/core';
import type { ContractTest, Fixture } from '../chapter.ts';
import { checksOf } from './optional.ts';
import { allItems, allTurns, ordinalsOf } from './pages.ts';
import { createUnmaterialised, itemsOf, type Writer } from './threads.ts';

/** A turn in short: its id, its status, and the ordinals of its items. */
type TurnInShort = readonly [turnId: string, status: TurnStatus, ordinals: readonly number[]];

interface TurnCase {
  readonly items: readonly string[];
  readonly turns: readonly TurnInShort[];
  /** The ordinals that a rollback hides. */
  readonly hidden?: readonly number[];
  /** More to ask of the turns. */
  readonly more?: (turns: readonly Turn[]) => void;
}

/** A thread with these items, in batches of `size`, and its writer. */
export async function threadWith(store: ThreadStore, items: readonly string[], size = 1_000): Promise<Writer> {
  const writer = await createUnmaterialised(store);
  for (let at = 0; at < items.length; at += size) await writer.append(...items.slice(at, at + size));
  return writer;
}

/** How items fall into turns, appended at once and one by one, as every call tells it. */
export function turnCase(name: string, expected: TurnCase): ContractTest {
  return checksOf('listTurns').check(name, async (fixture) => {
    for (const size of [1, expected.items.length, 2]) {
      const { threadId } = await threadWith(fixture.store, expected.items, size);
      await assertTurns(fixture, threadId, expected);
    }
  });
}

async function assertTurns({ open, factory }: Fixture, threadId: ThreadId, expected: TurnCase): Promise<void> {
  const other = await open();
  const turns = await allTurns(other, { threadId, sortDirection: 'asc', itemsView: 'full' });
  assert.deepEqual(
    turns.map(({ turnId, status, items }) => [turnId, status, ordinalsOf(items)]),
    expected.turns,
  );
  assert.deepEqual(
    turns.map(({ firstOrdinal }) => Number(firstOrdinal)),
    expected.turns.map(([, , ordinals]) => ordinals[0]),
  );
  for (const { turnId, items } of turns) {
    for (const item of items) assert.equal(item.turnId, turnId);
    for (const { ordinal, json } of items) assert.equal(json, expected.items[Number(ordinal)]);
  }
  expected.more?.(turns);
  assert.deepEqual(await itemsOf(other, { threadId }), expected.items, 'the history has everything');
  if (factory.capabilities.listItems) await assertItems(other, threadId, expected);
}

async function assertItems(store: ThreadStore, threadId: ThreadId, expected: TurnCase): Promise<void> {
  const placed = expected.items.map((json, ordinal) => ({ ordinal: BigInt(ordinal), json }));
  const ownerOf = (ordinal: bigint): string | null =>
    expected.turns.find(([, , ordinals]) => ordinals.includes(Number(ordinal)))?.[0] ?? null;
  const visible = placed
    .filter(({ ordinal }) => expected.hidden?.includes(Number(ordinal)) !== true)
    .map((item) => ({ ...item, turnId: ownerOf(item.ordinal) }));
  assert.deepEqual(await allItems(store, { threadId }), visible);
  // Of turns with the same id the latest is meant.
  for (const [turnId, ordinals] of new Map(expected.turns.map(([id, , all]) => [id, all]))) {
    assert.deepEqual(ordinalsOf(await allItems(store, { threadId, turnId })), ordinals);
  }
}
