import { contents } from './contents.ts';
import type { ContractOptions } from './factory.ts';

export type { ContractFactory, ContractOptions, ContractStorage, Describe, StorageOptions, Test } from './factory.ts';

/**
 * Registers the contract of `ThreadStore` with a test runner: one group per chapter, one test per promise.
 *
 * Call it once per store, at the top of a test file. Every test makes a storage of its own through the factory and leaves
 * nothing open. Nothing is skipped: where a store lacks an optional operation, its refusal is tested.
 */
export function threadStoreContract({ describe, test, factory, modelRuns = 30, seed }: ContractOptions): void {
  describe(`ThreadStore contract: ${factory.name}`, () => {
    for (const { name, tests } of contents({ modelRuns, seed })) {
      describe(name, () => {
        for (const { name: promise, run } of tests) test(promise, () => run(factory));
      });
    }
  });
}
