import type { Chapter } from './chapter.ts';
import { contents } from './contents.ts';
import type { ContractOptions } from './factory.ts';
import { liveContents } from './live/contents.ts';

export type { ContractFactory, ContractOptions, ContractStorage, Describe, StorageOptions, Test } from './factory.ts';

/**
 * Registers the contract of `ThreadStore` with a test runner: one group per chapter, one test per promise.
 *
 * Call it once per store, at the top of a test file. Every test makes a storage of its own through the factory and leaves
 * nothing open. Nothing is skipped: where a store lacks an optional operation, its refusal is tested.
 */
export function threadStoreContract({ modelRuns = 30, seed, ...options }: ContractOptions): void {
  register('ThreadStore contract', contents({ modelRuns, seed }), options);
}

/**
 * Registers the tests of the live layer (`LiveThread`, its guard, the metadata sync, `ThreadManager`) over a store: that what an agent
 * holds in its hand works on it. Called as `threadStoreContract` is, for a store that passes that.
 */
export function liveLayerContract(options: Omit<ContractOptions, 'modelRuns' | 'seed'>): void {
  register('Live layer', liveContents(), options);
}

function register(
  title: string,
  chapters: readonly Chapter[],
  { describe, test, factory }: Omit<ContractOptions, 'modelRuns' | 'seed'>,
): void {
  describe(`${title}: ${factory.name}`, () => {
    for (const { name, tests } of chapters) {
      describe(name, () => {
        for (const { name: promise, run } of tests) test(promise, () => run(factory));
      });
    }
  });
}
