import { ThreadStoreError, type Limits, type ThreadId, type ThreadStore } from '@threadstore/core';
import { unreachable } from '../commands/remote.ts';
import { failureText } from '../failure-text.ts';
import { checkRollout, type CheckedRollout } from './check-rollout.ts';
import { LineFault } from './line-fault.ts';
import type { Progress } from './progress.ts';
import { storeRollout, type StoredStatus } from './store-rollout.ts';

/** What became of one file. */
export interface FileOutcome {
  readonly file: string;
  readonly threadId: ThreadId | null;
  readonly status: StoredStatus | 'failed';
  /** Items in the file; null when it could not be read to its end. */
  readonly items: number | null;
  /** Items that are stored now and were not before. */
  readonly stored: number;
  /** Why it failed, on one line that begins with the file, and the line where it is to blame. */
  readonly error: string | null;
}

export interface ImportContext {
  readonly store: ThreadStore;
  readonly endpoint: string;
  readonly limits: Limits;
  readonly steal: boolean;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Imports one file. Never rejects: what went wrong is in the outcome. */
export async function importFile(path: string, context: ImportContext): Promise<FileOutcome> {
  const { progress, limits, signal } = context;
  progress.file(path);
  let rollout: CheckedRollout | undefined;
  let stored = 0;
  try {
    signal.throwIfAborted();
    rollout = await checkRollout(path, limits, (bytes) => progress.advance(bytes));
    const status = await storeRollout(context.store, rollout, {
      limits,
      signal,
      steal: context.steal,
      onBytes: (bytes) => progress.advance(bytes),
      onStored: (items) => (stored += items),
    });
    return { file: path, threadId: rollout.threadId, status, items: rollout.items, stored, error: null };
  } catch (error) {
    const items = rollout?.items ?? null;
    const left = stored > 0 ? `; ${stored} items were stored before, import it again to go on` : '';
    const text = `${faultText(path, error, context.endpoint)}${left}`;
    return { file: path, threadId: rollout?.threadId ?? null, status: 'failed', items, stored, error: text };
  }
}

function faultText(path: string, error: unknown, endpoint: string): string {
  if (error instanceof LineFault) return `${path}:${error.line}: ${error.message}`;
  if (error instanceof ThreadStoreError) return `${path}: ${storeFaultText(error, endpoint)}`;
  const text = failureText(error);
  // The file system's errors begin with the path.
  return text.startsWith(`${path}:`) ? text : `${path}: ${text}`;
}

function storeFaultText(error: ThreadStoreError, endpoint: string): string {
  switch (error.reason) {
    case 'WRITER_LIVE': {
      const { holder = 'somebody', leaseUntil = 'later' } = error.details;
      return `the thread is being written by ${JSON.stringify(holder)} until ${leaseUntil}; wait, or take it over with --steal`;
    }
    case 'THREAD_EXISTS':
      return 'the thread was created by another writer just now; import it again later';
    default:
      return unreachable(error, endpoint)?.message ?? error.message;
  }
}
