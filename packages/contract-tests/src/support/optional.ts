import { optionalOperations, type OptionalOperation } from '@threadstore/core';
import { checkWith, type ContractTest, type TestBody } from '../chapter.ts';
import type { StorageOptions } from '../factory.ts';
import { operations } from '../traits/operations.ts';
import { targetOf } from '../traits/targets.ts';
import { refused } from './refusals.ts';

type NamedBody = readonly [name: string, body: TestBody];

/** Tests of an optional operation. A store that lacks it must refuse it by its name instead. */
export function checksOf(operation: OptionalOperation): {
  readonly check: (...test: NamedBody) => ContractTest;
  readonly checkWith: (options: StorageOptions, ...test: NamedBody) => ContractTest;
} {
  const where = (options: StorageOptions, ...[name, body]: NamedBody): ContractTest =>
    checkWith(options, name, async (fixture) => {
      const { store, factory } = fixture;
      if (factory.capabilities[operation]) return body(fixture);
      const { call } = operations[operation];
      const target = await targetOf(store, operations[operation]);
      await refused(call(store, target), 'UNSUPPORTED_OPERATION', { operation: optionalOperations[operation] });
    });
  return { check: (...test) => where({}, ...test), checkWith: where };
}
