import { ThreadStoreError, type RenewLeasesResult, type ResumeThreadParams, type ThreadStore } from '@threadstore/core';
import type { Mutant, Mutation } from './mutant.ts';
import { renewVisibly } from './renewal.ts';

const chapters = ['renewLeases', 'the model'];

const renewalMutants: readonly Mutant[] = [
  {
    mistake: 'renews only the first of many',
    chapters: ['renewLeases'],
    mutate: (store) => ({
      renewLeases: ({ writers }, options) =>
        store.renewLeases({ writers: Array.isArray(writers) ? writers.slice(0, 1) : writers }, options),
    }),
  },
  {
    mistake: 'renews nothing',
    chapters: ['renewLeases'],
    mutate: () => ({ renewLeases: () => Promise.resolve({ lost: [] }) }),
  },
  {
    mistake: 'tells nobody that a lease is lost',
    chapters: [...chapters, 'states of a thread'],
    mutate: (store) => changed(store, () => ({ lost: [] })),
  },
  {
    mistake: 'refuses all renewals because of one',
    chapters,
    mutate: (store) =>
      changed(store, (result) => {
        if (result.lost[0] !== undefined) throw result.lost[0].error;
        return result;
      }),
  },
  {
    mistake: 'stops at the first lease that is lost',
    chapters,
    mutate: (store) => ({
      renewLeases: async ({ writers }, options) => {
        for (const writer of writers) {
          const result = await store.renewLeases({ writers: [writer] }, options);
          if (result.lost.length > 0) return result;
        }
        return { lost: [] };
      },
    }),
  },
  {
    mistake: 'calls every lost lease fenced',
    chapters: [...chapters, 'states of a thread'],
    mutate: (store) =>
      changed(store, ({ lost }) => ({
        lost: lost.map((writer) => ({
          ...writer,
          error: new ThreadStoreError({ reason: 'FENCED', message: 'lost', details: writer.error.details }),
        })),
      })),
  },
  {
    mistake: 'takes released leases for renewed ones',
    chapters: [...chapters, 'states of a thread'],
    mutate: (store) =>
      changed(store, ({ lost }) => ({ lost: lost.filter(({ error }) => error.reason !== 'WRITER_RELEASED') })),
  },
  {
    mistake: 'materialises what it renews',
    chapters,
    mutate: (store) => ({
      renewLeases: async (params, options) => {
        const result = await store.renewLeases(params, options);
        await Promise.allSettled(params.writers.map((writer) => store.persistThread(writer)));
        return result;
      },
    }),
  },
  {
    mistake: 'takes any number of writers',
    chapters: ['renewLeases'],
    mutate: (store) => ({
      renewLeases: ({ writers }, options) =>
        store.renewLeases({ writers: Array.isArray(writers) ? writers.slice(0, 1_000) : writers }, options),
    }),
  },
  {
    mistake: 'renews some before it finds a writer of a wrong form',
    chapters: ['renewLeases'],
    mutate: (store) => ({
      renewLeases: async (params, options) => {
        if (params.writers?.[0]) await renewVisibly(store, params.writers[0]).catch(() => undefined);
        return store.renewLeases(params, options);
      },
    }),
  },
];

const waitMutants: readonly Mutant[] = [
  {
    mistake: 'does not wait',
    chapters: ['waiting for a lease'],
    mutate: (store) => resuming(store, ({ waitMs: _, ...params }) => ({ ...params, takeover: 'fail' })),
  },
  {
    mistake: 'steals what it should wait for',
    chapters: ['waiting for a lease', 'the model'],
    mutate: (store) => resuming(store, ({ waitMs: _, ...params }) => ({ ...params, takeover: 'steal' })),
  },
  {
    mistake: 'steals at the end of the wait',
    chapters: ['waiting for a lease', 'the model'],
    mutate: (store) => ({
      resumeThread: (params, options) =>
        store.resumeThread(params, options).catch((error: unknown) => {
          const live = error instanceof ThreadStoreError && error.reason === 'WRITER_LIVE';
          if (params.takeover !== 'wait' || !live) throw error;
          const { waitMs: _, ...rest } = params;
          return store.resumeThread({ ...rest, takeover: 'steal' }, options);
        }),
    }),
  },
  {
    mistake: 'gives up before the wait is over',
    chapters: ['waiting for a lease'],
    mutate: (store) =>
      resuming(store, (params) =>
        Number.isSafeInteger(params.waitMs) ? { ...params, waitMs: Math.floor(Number(params.waitMs) / 2) } : params,
      ),
  },
  {
    mistake: 'waits on under a signal that is aborted',
    chapters: ['waiting for a lease'],
    mutate: (store) => ({
      resumeThread: (params, options) =>
        store.resumeThread(params, params.takeover === 'wait' && !options?.signal?.aborted ? {} : options),
    }),
  },
  {
    mistake: 'takes a time without a wait',
    chapters: ['waiting for a lease'],
    mutate: (store) => ({
      resumeThread: ({ waitMs, ...params }, options) =>
        store.resumeThread(
          params.takeover === 'wait' && waitMs !== undefined ? { ...params, waitMs } : params,
          options,
        ),
    }),
  },
];

const lateMutants: readonly Mutant[] = [
  {
    mistake: 'takes a thread whatever epoch was expected',
    chapters: ['resumeThread', 'the model'],
    mutate: (store) => ({
      resumeThread: ({ expectedEpoch: _, ...params }, options) => store.resumeThread(params, options),
    }),
  },
  {
    mistake: 'looks at the expected epoch before it takes the thread, and not while it does',
    chapters: ['resumeThread'],
    mutate: (store) => ({
      resumeThread: async ({ expectedEpoch, ...params }, options) => {
        // Whoever is refused is refused as it should be.
        const isKnown = async (): Promise<boolean> =>
          (await store.readThread({ ...params, includeArchived: true })).epoch === expectedEpoch;
        if (expectedEpoch === undefined || !(await isKnown().catch(() => false))) {
          return store.resumeThread({ ...params, ...(expectedEpoch !== undefined && { expectedEpoch }) }, options);
        }
        return store.resumeThread(params, options);
      },
    }),
  },
  {
    mistake: 'minds the expected epoch only when it steals',
    chapters: ['resumeThread', 'the model'],
    mutate: (store) => ({
      resumeThread: ({ expectedEpoch, ...params }, options) =>
        store.resumeThread(
          params.takeover === 'steal' && expectedEpoch !== undefined ? { ...params, expectedEpoch } : params,
          options,
        ),
    }),
  },
];

export const leaseMutants: readonly Mutant[] = [...renewalMutants, ...waitMutants, ...lateMutants];

/** A store that answers renewals otherwise. */
function changed(store: ThreadStore, change: (result: RenewLeasesResult) => RenewLeasesResult): Mutation {
  return { renewLeases: async (params, options) => change(await store.renewLeases(params, options)) };
}

/** A store that does something else when it should wait. */
function resuming(store: ThreadStore, change: (params: ResumeThreadParams) => ResumeThreadParams): Mutation {
  return {
    resumeThread: (params, options) =>
      store.resumeThread(params.takeover === 'wait' ? change(params) : params, options),
  };
}
