import {
  type AppendItemsParams,
  type AppendResult,
  type CreateLiveThreadParams,
  LiveThread,
  type LiveThreadSettings,
  type StoredThread,
  type ThreadMetadataPatch,
  type ThreadStore,
  ThreadStoreError,
  type ThreadStoreErrorReason,
} from '@threadstore/core';
import { interceptedStore } from './intercepted-store.ts';

/** A handle on a new thread. Git is not asked unless the test wants it. */
export function createLive(
  store: ThreadStore,
  settings: LiveThreadSettings = {},
  params: CreateLiveThreadParams = {},
): Promise<LiveThread> {
  return LiveThread.create(store, params, { gitInfo: null, ...settings });
}

/** A handle on a stored thread. */
export function resumeLive(
  store: ThreadStore,
  { threadId }: { threadId: string },
  settings: LiveThreadSettings = {},
): Promise<LiveThread> {
  return LiveThread.resume(store, { threadId }, { gitInfo: null, ...settings });
}

/** The answer to a call was lost: nobody knows what it did. */
export function lostAnswer(): ThreadStoreError {
  return new ThreadStoreError({ reason: 'OUTCOME_UNKNOWN', message: 'the connection broke', effect: 'unknown' });
}

/** A call that did nothing. */
export function failure(reason: ThreadStoreErrorReason = 'OVERLOADED', field?: string): ThreadStoreError {
  return new ThreadStoreError({
    reason,
    message: 'a failure that a test wants',
    ...(field !== undefined && { details: { field } }),
  });
}

/**
 * What becomes of an append: it is done; it fails and does nothing; its answer is lost before or after it was done; or it fails by
 * that error and does nothing.
 */
export type Fate = 'done' | 'fails' | 'lostBefore' | 'lostAfter' | ThreadStoreError;

/** A store whose appends have these fates, in the order of the calls; those after them are done. Records the calls. */
export function fatedAppends(
  store: ThreadStore,
  ...fates: Fate[]
): { readonly store: ThreadStore; readonly sent: AppendItemsParams[]; readonly fates: Fate[] } {
  const sent: AppendItemsParams[] = [];
  const fated = interceptedStore(store, {
    appendItems: async (next, params, options): Promise<AppendResult> => {
      sent.push(params);
      const fate = fates.shift() ?? 'done';
      if (fate === 'lostBefore') throw lostAnswer();
      if (fate === 'fails') throw failure();
      if (fate instanceof ThreadStoreError) throw fate;
      const result = await next(params, options);
      if (fate === 'lostAfter') throw lostAnswer();
      return result;
    },
  });
  return { store: fated, sent, fates };
}

/** Those of the fields of a patch that are facts. */
export function factsOf(patch: ThreadMetadataPatch | undefined): ThreadMetadataPatch {
  const { updatedAt: _, ...facts } = patch ?? {};
  return facts;
}

/** A thread without what every append changes. */
export function restOf(thread: StoredThread): Partial<StoredThread> {
  const {
    updatedAt: _updatedAt,
    lease: _lease,
    nextOrdinal: _nextOrdinal,
    nextSequence: _nextSequence,
    ...rest
  } = thread;
  return rest;
}

/** What listeners of a handle were told. */
export class Told {
  readonly warnings: string[] = [];
  readonly losses: ThreadStoreError[] = [];

  readonly settings: Pick<LiveThreadSettings, 'onWarning' | 'onLost'> = {
    onWarning: (message) => void this.warnings.push(message),
    onLost: (error) => void this.losses.push(error),
  };
}

/** What waits until it is opened. */
export class Gate {
  readonly opened: Promise<void>;
  readonly reached: Promise<void>;
  readonly #open: () => void;
  readonly #reach: () => void;

  constructor() {
    const opened = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    this.opened = opened.promise;
    this.reached = reached.promise;
    this.#open = opened.resolve;
    this.#reach = reached.resolve;
  }

  open(): void {
    this.#open();
  }

  /** Tells that somebody stands here, and waits. */
  pass(): Promise<void> {
    this.#reach();
    return this.opened;
  }
}

/** Whether a promise has settled once everything that could go on has gone on. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  await allElse();
  return settled;
}

/** Lets everything go on that can. */
export async function allElse(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
