import type { ThreadStore } from '@threadstore/core';

/** What a mutant does differently; everything else is the correct store's. */
export type Mutation = Partial<ThreadStore>;

/** A store with one deliberate mistake, and the chapters of which at least one test must fail on it, each. */
export interface Mutant {
  readonly mistake: string;
  readonly chapters: readonly string[];
  readonly mutate: (store: ThreadStore) => Mutation;
}

/** The store with some of its members replaced. */
export function mutated(store: ThreadStore, mutation: Mutation): ThreadStore {
  return new Proxy(store, {
    get(target, key) {
      if (Object.hasOwn(mutation, key)) return Reflect.get(mutation, key) as unknown;
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
