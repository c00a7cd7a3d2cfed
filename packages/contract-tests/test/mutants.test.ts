import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { anyFails, collectContract, failuresOf, inChapters } from './collecting-runner.ts';
import { memoryFactory } from './memory-factory.ts';
import { appendMutants } from './mutants/appends.ts';
import { callMutants } from './mutants/calls.ts';
import { externalMutants } from './mutants/externals.ts';
import { contentMutants, streamMutants } from './mutants/histories.ts';
import { leaseMutants } from './mutants/leases.ts';
import { listMutants } from './mutants/lists.ts';
import { lifeMutants } from './mutants/lives.ts';
import { metadataMutants } from './mutants/metadata.ts';
import { mutated } from './mutants/mutant.ts';
import { pipelineMutants } from './mutants/pipelines.ts';

const mutants = [
  ...appendMutants,
  ...pipelineMutants,
  ...externalMutants,
  ...contentMutants,
  ...streamMutants,
  ...listMutants,
  ...metadataMutants,
  ...lifeMutants,
  ...leaseMutants,
  ...callMutants,
];

// A fixed seed: whether the model meets a mistake must not depend on the day.
const options = { modelRuns: 60, seed: 20_240_501 };

describe('a store with one mistake fails the contract', () => {
  for (const { mistake, chapters, mutate } of mutants) {
    test(`it ${mistake}`, async () => {
      const tests = collectContract(
        memoryFactory((store) => mutated(store, mutate(store))),
        options,
      );
      for (const chapter of chapters) {
        const chosen = inChapters(tests, [chapter]);
        assert.ok(chosen.length > 0, `there is a chapter ${chapter}`);
        assert.ok(await anyFails(chosen), `no test of "${chapter}" has noticed`);
      }
    });
  }
});

test('a wrapper that changes nothing passes', async () => {
  const tests = collectContract(
    memoryFactory((store) => mutated(store, {})),
    options,
  );
  assert.deepEqual([...(await failuresOf(tests))], []);
});
