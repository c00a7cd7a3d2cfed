import assert from 'node:assert/strict';
import type { SearchThreadsParams, ThreadId, ThreadStore } from '@threadstore/core';
import { userSays } from './events.ts';
import { foundIds } from './pages.ts';
import { createUnmaterialised } from './threads.ts';

/** Makes one thread per text, with an item made of it; the ids in the order of the texts. */
export async function threadsSaying(
  store: ThreadStore,
  texts: readonly string[],
  itemOf: (text: string) => string = userSays,
): Promise<ThreadId[]> {
  const make = async (text: string): Promise<ThreadId> => {
    const writer = await createUnmaterialised(store);
    await writer.append(itemOf(text));
    return writer.threadId;
  };
  return Promise.all(texts.map(make));
}

/** Asserts which of the threads, by their place in `ids`, a search finds. */
export async function assertFound(
  store: ThreadStore,
  ids: readonly ThreadId[],
  searchTerm: string,
  places: readonly number[],
  params: Partial<SearchThreadsParams> = {},
): Promise<void> {
  const found = (await foundIds(store, searchTerm, params)).map((id) => ids.indexOf(id)).toSorted((a, b) => a - b);
  assert.deepEqual(found, places, `found with ${JSON.stringify(searchTerm)}`);
}

/** One thread per text, and for each term the places of the texts that it is found in. */
export async function assertSearches(
  store: ThreadStore,
  texts: readonly string[],
  searches: readonly (readonly [term: string, places: readonly number[]])[],
): Promise<void> {
  const ids = await threadsSaying(store, texts);
  for (const [term, places] of searches) await assertFound(store, ids, term, places);
}
