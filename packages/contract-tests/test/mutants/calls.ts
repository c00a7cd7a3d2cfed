import { ThreadStoreError, type ThreadStore, type ThreadStoreErrorInit } from '@threadstore/core';
import type { Mutant, Mutation } from './mutant.ts';

export const callMutants: readonly Mutant[] = [
  {
    mistake: 'goes on after close',
    chapters: ['close', 'open, closing, closed'],
    mutate: () => ({ close: () => Promise.resolve() }),
  },
  {
    mistake: 'ignores signals',
    chapters: ['signals'],
    mutate: (store) => ({
      readThread: (params) => store.readThread(params),
      appendItems: (params) => store.appendItems(params),
    }),
  },
  {
    mistake: 'throws instead of rejecting',
    chapters: ['optional operations', 'open, closing, closed'],
    mutate: () => ({
      listTurns: () => {
        throw new ThreadStoreError({
          reason: 'UNSUPPORTED_OPERATION',
          message: 'list_turns',
          details: { operation: 'list_turns' },
        });
      },
    }),
  },
  {
    mistake: 'names a missing operation by its method',
    chapters: ['optional operations'],
    mutate: () => ({
      loadModelContext: () =>
        Promise.reject(
          new ThreadStoreError({
            reason: 'UNSUPPORTED_OPERATION',
            message: 'no',
            details: { operation: 'loadModelContext' },
          }),
        ),
    }),
  },
  {
    mistake: 'claims a capability that it lacks',
    chapters: ['the factory'],
    mutate: (store) => ({ capabilities: { ...store.capabilities, tailThread: true } }),
  },
  {
    mistake: 'gives a wrong reason',
    chapters: ['appendItems', 'the model'],
    mutate: (store) =>
      changedErrors(store, (error) => ({ reason: error.reason === 'WRITER_RELEASED' ? 'FENCED' : error.reason })),
  },
  {
    mistake: 'leaves it open whether a refused append was stored',
    chapters: ['appendItems', 'the model'],
    mutate: (store) => changedErrors(store, () => ({ effect: 'unknown' })),
  },
  {
    mistake: 'forgets the details of errors',
    chapters: ['appendItems'],
    mutate: (store) => changedErrors(store, () => ({ details: {} })),
  },
  {
    mistake: 'quotes the item that it refuses',
    chapters: ['appendItems: wrong input'],
    mutate: (store) => ({
      appendItems: (params, options) =>
        store.appendItems(params, options).catch((error: unknown) => {
          if (error instanceof ThreadStoreError) error.message += ` in ${String(params.items).slice(0, 40)}`;
          throw error;
        }),
    }),
  },
  {
    mistake: 'rejects with errors of its own',
    chapters: ['the factory', 'states of a thread'],
    mutate: (store) => ({
      readThread: (...args) =>
        store.readThread(...args).catch((error: unknown) => {
          throw new Error(String(error));
        }),
    }),
  },
  {
    mistake: 'answers in the case of the question',
    chapters: ['createThread', 'loadHistory'],
    mutate: (store) => ({
      createThread: async (params, options) => ({
        ...(await store.createThread(params, options)),
        threadId: params.threadId,
      }),
      loadHistory: async (params, options) => ({
        ...(await store.loadHistory(params, options)),
        threadId: params.threadId,
      }),
    }),
  },
];

function changedErrors(
  store: ThreadStore,
  change: (error: ThreadStoreError) => Partial<ThreadStoreErrorInit>,
): Mutation {
  return {
    appendItems: (params, options) =>
      store.appendItems(params, options).catch((error: unknown) => {
        if (!(error instanceof ThreadStoreError)) throw error;
        const { reason, message, details, effect } = error;
        throw new ThreadStoreError({ reason, message, details, effect, ...change(error) });
      }),
  };
}
