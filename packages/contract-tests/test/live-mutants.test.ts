import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { anyFails, collectLiveLayer, failuresOf, inChapters } from './collecting-runner.ts';
import { memoryFactory } from './memory-factory.ts';
import { liveMutants } from './mutants/live-stores.ts';
import { mutated } from './mutants/mutant.ts';

describe('over a store with one mistake the live layer fails its tests', () => {
  for (const { mistake, chapters, mutate } of liveMutants) {
    test(`the store ${mistake}`, async () => {
      const tests = collectLiveLayer(memoryFactory((store) => mutated(store, mutate(store))));
      for (const chapter of chapters) {
        const chosen = inChapters(tests, [chapter]);
        assert.ok(chosen.length > 0, `there is a chapter ${chapter}`);
        assert.ok(await anyFails(chosen), `no test of "${chapter}" has noticed`);
      }
    });
  }
});

test('over a wrapper that changes nothing it passes', async () => {
  const tests = collectLiveLayer(memoryFactory((store) => mutated(store, {})));
  assert.deepEqual([...(await failuresOf(tests))], []);
});
