import { ThreadStoreError, type ForkThreadParams, type ThreadStore, type WriterGrant } from '@threadstore/core';
import type { Mutant } from './mutant.ts';

const whole = 'forkThread';
const metadata = 'forkThread: metadata and refusals';
const points = 'forkThread: where it ends';

type Fork = ThreadStore['forkThread'];

export const forkMutants: readonly Mutant[] = [
  {
    mistake: 'copies all items wherever a fork is to end',
    chapters: [whole, points, 'the model'],
    mutate: (store) => forking(store, ({ at: _, ...params }, options) => store.forkThread(params, options)),
  },
  {
    mistake: 'copies the item that a fork is to end before',
    chapters: [points, 'the model'],
    mutate: (store) =>
      forking(store, ({ at, ...params }, options) => {
        if (at === undefined || !('beforeOrdinal' in at)) return store.forkThread(withPoint(params, at), options);
        const next = typeof at.beforeOrdinal === 'bigint' && at.beforeOrdinal >= 0n && at.beforeOrdinal < 2n ** 62n;
        return store.forkThread(
          { ...params, at: { beforeOrdinal: next ? at.beforeOrdinal + 1n : at.beforeOrdinal } },
          options,
        );
      }),
  },
  {
    mistake: 'ends before the turn that is to be the last',
    chapters: [points],
    mutate: (store) =>
      forking(store, (params, options) =>
        params.at !== undefined && 'throughTurn' in params.at && typeof params.at.throughTurn === 'string'
          ? store.forkThread({ ...params, at: { beforeTurn: params.at.throughTurn } }, options)
          : store.forkThread(params, options),
      ),
  },
  {
    mistake: 'ends in a turn that is in progress',
    chapters: [points],
    mutate: (store) =>
      forking(store, ({ at, ...params }, options) =>
        store.forkThread(withPoint(params, at), options).catch((error: unknown) => {
          const inProgress = error instanceof ThreadStoreError && error.message.includes('in progress');
          if (!inProgress) throw error;
          return store.forkThread(params, options);
        }),
      ),
  },
  {
    mistake: 'counts messages of the user one too far',
    chapters: [points],
    mutate: (store) =>
      forking(store, (params, options) => {
        const n = params.at !== undefined && 'beforeUserMessage' in params.at ? params.at.beforeUserMessage : null;
        if (!Number.isSafeInteger(n) || Number(n) < 0 || n === Number.MAX_SAFE_INTEGER)
          return store.forkThread(params, options);
        return store.forkThread({ ...params, at: { beforeUserMessage: Number(n) + 1 } }, options);
      }),
  },
  {
    mistake: 'appends the items as a batch of the new writer',
    chapters: [whole, 'the model'],
    mutate: (store) => forking(store, (params, options) => appended(store, params, options, (text) => text)),
  },
  {
    mistake: 'copies items as it would print them',
    chapters: [whole],
    mutate: (store) =>
      forking(store, async (params, options) => {
        const grant = await appended(store, params, options, (text) => JSON.stringify(JSON.parse(text)));
        return store.resumeThread({ threadId: grant.threadId, takeover: 'steal' });
      }),
  },
  {
    mistake: 'takes the source over',
    chapters: [whole, 'the model'],
    mutate: (store) =>
      forking(store, async (params, options) => {
        const grant = await store.forkThread(params, options);
        await store.resumeThread({ threadId: params.sourceThreadId, takeover: 'steal', includeArchived: true });
        return grant;
      }),
  },
  {
    mistake: 'leaves a fork without items unmaterialised',
    chapters: [whole, 'the model'],
    mutate: (store) =>
      forking(store, async (params, options) => {
        const trial = await store.forkThread({ ...params, threadId: crypto.randomUUID() }, options);
        await store.deleteThread(trial);
        if (trial.nextOrdinal > 0n) return store.forkThread(params, options);
        return store.createThread({ ...params, forkedFromId: params.sourceThreadId }, options);
      }),
  },
  {
    mistake: 'keeps the operation ids of the source',
    chapters: [whole],
    mutate: (store) => {
      const sources = new Map<string, string>();
      return {
        ...forking(store, async (params, options) => {
          const grant = await store.forkThread(params, options);
          sources.set(grant.threadId, params.sourceThreadId);
          return grant;
        }),
        appendItems: async (params, options) => {
          const source = sources.get(params.threadId);
          if (params.external !== true || source === undefined) return store.appendItems(params, options);
          await store.appendItems({ ...params, threadId: source }).catch((error: unknown) => {
            if (error instanceof ThreadStoreError && error.reason === 'OPERATION_REUSED') throw error;
          });
          return store.appendItems(params, options);
        },
      };
    },
  },
  {
    mistake: 'gives a fork the name of its source',
    chapters: [metadata, 'the model'],
    mutate: (store) => patching(store, ({ name }) => ({ name })),
  },
  {
    mistake: 'gives a fork the times of its source',
    chapters: [metadata],
    mutate: (store) => patching(store, ({ createdAt, updatedAt }) => ({ createdAt, updatedAt })),
  },
  {
    mistake: 'gives a part of a thread its totals',
    chapters: [metadata],
    mutate: (store) => patching(store, ({ tokenUsage }) => ({ tokenUsage })),
  },
  {
    mistake: 'gives a fork the preview of what it does not hold',
    chapters: [metadata],
    mutate: (store) => patching(store, ({ preview, title }) => ({ preview, title })),
  },
  {
    mistake: 'inherits nothing',
    chapters: [metadata, 'the model'],
    mutate: (store) => patching(store, () => ({ model: null, title: null, gitInfo: { branch: null } })),
  },
  {
    mistake: 'forks archived threads without being told',
    chapters: [metadata, 'states of a thread', 'the model'],
    mutate: (store) =>
      forking(store, (params, options) => store.forkThread({ ...params, includeArchived: true }, options)),
  },
  {
    mistake: 'looks at the new id first',
    chapters: [metadata, 'the model'],
    mutate: (store) =>
      forking(store, async (params, options) => {
        const taken = await store.readThread({ threadId: params.threadId, includeArchived: true }).catch(() => null);
        if (taken === null) return store.forkThread(params, options);
        throw new ThreadStoreError({ reason: 'THREAD_EXISTS', message: 'exists' });
      }),
  },
  {
    mistake: 'lists the children of a thread for its forks',
    chapters: ['listThreads: relation', 'the model'],
    mutate: (store) => ({
      listThreads: (params, options) => {
        const relation = params?.relation;
        if (!relation || !('forksOf' in relation)) return store.listThreads(params, options);
        return store.listThreads({ ...params, relation: { directChildrenOf: relation.forksOf } }, options);
      },
    }),
  },
];

function forking(store: ThreadStore, fork: Fork): { readonly forkThread: Fork } {
  return {
    forkThread: async (params, options) => {
      options?.signal?.throwIfAborted();
      return fork(params, options);
    },
  };
}

function withPoint(params: Omit<ForkThreadParams, 'at'>, at: ForkThreadParams['at']): ForkThreadParams {
  return at === undefined ? params : { ...params, at };
}

/** A fork whose items were appended to it. */
async function appended(
  store: ThreadStore,
  params: ForkThreadParams,
  options: Parameters<Fork>[1],
  change: (text: string) => string,
): Promise<WriterGrant> {
  const trial = await store.forkThread({ ...params, threadId: crypto.randomUUID() }, options);
  const { items } = await store.loadHistory(trial);
  await store.deleteThread(trial);
  const grant = await store.createThread({ ...params, forkedFromId: params.sourceThreadId }, options);
  const { threadId, epoch } = grant;
  if (items.length === 0) await store.persistThread(grant);
  else await store.appendItems({ threadId, epoch, sequence: 0n, items: items.slice(0, 1_000).map(change) });
  return { ...grant, nextOrdinal: BigInt(items.length) };
}

type Thread = Awaited<ReturnType<ThreadStore['readThread']>>;
type Patch = NonNullable<ForkThreadParams['metadata']>;

/** Forks, and then patches what the fork's creator said nothing of. */
function patching(store: ThreadStore, patch: (source: Thread) => Patch): { readonly forkThread: Fork } {
  return forking(store, async (params, options) => {
    const grant = await store.forkThread(params, options);
    const source = await store.readThread({ threadId: params.sourceThreadId, includeArchived: true });
    await store.updateThreadMetadata({ threadId: grant.threadId, patch: { ...patch(source), ...params.metadata } });
    return grant;
  });
}
