import { optionalOperations, type OptionalOperation, type ThreadStoreError } from '@threadstore/core';
import { unsupportedOperation } from '@threadstore/core/internal';

/** The operations that a remote store lacks. */
export type LackingOperation = Exclude<OptionalOperation, 'listTurns' | 'listItems' | 'searchThreads' | 'forkThread'>;

/** What to call in the place of an operation that a remote store lacks. */
const instead: Readonly<Record<LackingOperation, string>> = {
  readThreadByRolloutPath: 'a remote store has no files, use readThread with the id of the thread',
  loadModelContext: 'the service does not have it, use streamHistory',
  tailThread: 'the service does not have it, use streamHistory with fromOrdinal from time to time',
  watchThreads: 'the service does not have it, use listThreads sorted by updated_at',
};

export function unsupported(operation: LackingOperation): ThreadStoreError {
  return unsupportedOperation(optionalOperations[operation], instead[operation]);
}
