import assert from 'node:assert/strict';
import { ThreadStoreError, type CallOptions, type ThreadStore } from '@threadstore/core';
import { describe, test } from 'vitest';
import { anyFails, collectContract, failuresOf, inChapters } from './collecting-runner.ts';
import { memoryFactory } from './memory-factory.ts';
import { appendMutants } from './mutants/appends.ts';
import { callMutants } from './mutants/calls.ts';
import { externalMutants } from './mutants/externals.ts';
import { forkMutants } from './mutants/forks.ts';
import { contentMutants, streamMutants } from './mutants/histories.ts';
import { leaseMutants } from './mutants/leases.ts';
import { listMutants } from './mutants/lists.ts';
import { lifeMutants } from './mutants/lives.ts';
import { metadataMutants } from './mutants/metadata.ts';
import { mutated, type Mutation } from './mutants/mutant.ts';
import { naiveSearch, searching } from './mutants/naive-search.ts';
import { pageMutants } from './mutants/pages.ts';
import { pipelineMutants } from './mutants/pipelines.ts';
import { searchMutants } from './mutants/searches.ts';
import { misreading } from './mutants/shadow.ts';
import { turnMutants } from './mutants/turns.ts';

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
  ...turnMutants,
  ...pageMutants,
  ...searchMutants,
  ...forkMutants,
];

// A fixed seed: whether the model meets a mistake must not depend on the day.
const options = { modelRuns: 80, seed: 20_240_501 };

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

const honest: readonly (readonly [what: string, chapters: readonly string[], (store: ThreadStore) => Mutation])[] = [
  [
    'reads a copy',
    ['listTurns: events', 'listTurns: rollbacks', 'recorded', 'the model'],
    (store) => misreading(store, (text) => text),
  ],
  ['searches naively', ['searchThreads: words', 'searchThreads: places'], (store) => searching(store, naiveSearch)],
];

describe('what mutants are made of passes, without their mistakes', () => {
  for (const [what, chapters, mutate] of honest) {
    test(`a store that ${what}`, async () => {
      const tests = collectContract(
        memoryFactory((store) => mutated(store, mutate(store))),
        options,
      );
      const failures = await failuresOf(inChapters(tests, chapters));
      assert.deepEqual([...failures], []);
    });
  }
});

test('a store that lacks turns, items, search and forks, and says so, passes', async () => {
  const without = { listTurns: false, listItems: false, searchThreads: false, forkThread: false };
  const lacking = (store: ThreadStore): Mutation => {
    const refuse = async (operation: string, call?: CallOptions): Promise<never> => {
      // It refuses as the store does what it lacks, when it is closed or under a signal, too.
      await store.loadModelContext({ threadId: 'none' }, call).catch((error: unknown) => {
        if (!(error instanceof ThreadStoreError) || error.reason !== 'UNSUPPORTED_OPERATION') throw error;
      });
      throw new ThreadStoreError({ reason: 'UNSUPPORTED_OPERATION', message: operation, details: { operation } });
    };
    return {
      capabilities: { ...store.capabilities, ...without },
      listTurns: (_, call) => refuse('list_turns', call),
      listItems: (_, call) => refuse('list_items', call),
      searchThreads: (_, call) => refuse('search_threads', call),
      forkThread: (_, call) => refuse('fork_thread', call),
    };
  };
  const tests = collectContract(
    memoryFactory((store) => mutated(store, lacking(store)), without),
    options,
  );
  assert.deepEqual([...(await failuresOf(tests))], []);
});
