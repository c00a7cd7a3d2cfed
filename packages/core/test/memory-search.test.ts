import { describe, expect, test } from 'vitest';
import { MemoryThreadStore, type SearchThreadsParams } from '../src/index.ts';
import { Clock, newId } from './memory-fixture.ts';
import { agentSays, event, note, response, rollsBack, started, toolEnds, userSays } from './turn-fixture.ts';

/** A store with a thread for each list of items, each later than the one before. */
async function storeOf(
  ...threads: readonly (readonly string[])[]
): Promise<{ store: MemoryThreadStore; ids: string[] }> {
  const clock = new Clock();
  const store = new MemoryThreadStore({ now: clock.now });
  const ids: string[] = [];
  for (const items of threads) {
    const threadId = newId();
    await store.createThread({ threadId });
    await store.appendItems({ threadId, epoch: 1n, sequence: 0n, items });
    ids.push(threadId);
    clock.pass(1_000);
  }
  return { store, ids };
}

describe('a search', () => {
  test('finds the latest message that matches, with its turn', async () => {
    const { store, ids } = await storeOf([
      userSays('Deploy it'),
      started('a'),
      agentSays('The deployment is done'),
      agentSays('Anything else?'),
      note('deploy'),
      event('agent_reasoning', { text: 'deploy' }),
    ]);
    const { hits, nextCursor } = await store.searchThreads({ searchTerm: 'DEPLOY' });
    expect(hits).toEqual([
      {
        thread: await store.readThread({ threadId: ids[0] ?? '' }),
        snippet: 'The deployment is done',
        ordinal: 2n,
        turnId: 'a',
      },
    ]);
    expect(nextCursor).toBeNull();
  });

  test('finds what tools put out only when asked', async () => {
    const output = response('function_call_output', { output: 'exit code one' });
    const { store } = await storeOf([toolEnds('a'), output]);
    expect((await store.searchThreads({ searchTerm: 'exit' })).hits).toEqual([]);
    const { hits } = await store.searchThreads({ searchTerm: 'exit', includeToolOutput: true });
    expect(hits).toMatchObject([{ ordinal: 1n, turnId: null, snippet: 'exit code one' }]);
  });

  test('leaves out what a rollback hides', async () => {
    const { store } = await storeOf(
      [userSays('deploy one'), userSays('deploy two'), rollsBack(1)],
      [userSays('deploy'), rollsBack(1)],
    );
    const { hits } = await store.searchThreads({ searchTerm: 'deploy' });
    expect(hits.map(({ snippet }) => snippet)).toEqual(['deploy one']);
  });

  test('takes its term literally', async () => {
    const { store } = await storeOf([userSays('100% of a_b (x|y)* \\d')]);
    const found = async (searchTerm: string): Promise<number> =>
      (await store.searchThreads({ searchTerm })).hits.length;
    for (const term of ['100% of', 'A_B (', '(x|y)* \\D']) expect([term, await found(term)]).toEqual([term, 1]);
    for (const term of ['1.0', '10%', 'a.b', 'x.y', '.*a', '[a]']) expect([term, await found(term)]).toEqual([term, 0]);
  });

  test('is paged in the order of lists, with their filters', async () => {
    const { store, ids } = await storeOf(
      ...['deploy', 'deploy', 'other', 'deploy', 'deploy'].map((text) => [userSays(text)]),
    );
    const pages = async (params: Partial<SearchThreadsParams>): Promise<string[][]> => {
      const found: string[][] = [];
      let cursor: string | null = null;
      do {
        const page = await store.searchThreads({ searchTerm: 'deploy', pageSize: 2, ...params, cursor });
        found.push(page.hits.map(({ thread }) => thread.threadId));
        cursor = page.nextCursor;
      } while (cursor !== null);
      return found;
    };
    const [first, second, , third, fourth] = ids;
    expect(await pages({})).toEqual([
      [fourth, third],
      [second, first],
    ]);
    expect(await pages({ sortDirection: 'asc', pageSize: 3 })).toEqual([[first, second, third], [fourth]]);
    await store.updateThreadMetadata({ threadId: third ?? '', patch: { cwd: '/w' } });
    expect(await pages({ cwdFilters: ['/w'] })).toEqual([[third]]);
    expect(await pages({ archived: true })).toEqual([[]]);
  });

  test('does not find a thread that is gone, or that only its creator knows', async () => {
    const { store, ids } = await storeOf([userSays('deploy')]);
    await store.createThread({ threadId: newId(), metadata: { title: 'deploy' } });
    await store.deleteThread({ threadId: ids[0] ?? '', epoch: 1n });
    expect(await store.searchThreads({ searchTerm: 'deploy' })).toEqual({ hits: [], nextCursor: null });
  });
});
