import { optionalOperations, type OptionalOperation, type ThreadStoreError } from '@threadstore/core';
import { unsupportedOperation } from '@threadstore/core/internal';

/** What to call in the place of an operation that a remote store lacks. */
const instead: Readonly<Record<OptionalOperation, string>> = {
  readThreadByRolloutPath: 'a remote store has no files, use readThread with the id of the thread',
  listTurns: 'the service does not have it, read the items with streamHistory',
  listItems: 'the service does not have it, use streamHistory with fromOrdinal and untilOrdinal',
  searchThreads: 'the service does not have it, use listThreads with searchTerm',
  forkThread: 'the service does not have it, create a thread with forkedFromId and append the items',
  loadModelContext: 'the service does not have it, use streamHistory',
  tailThread: 'the service does not have it, use streamHistory with fromOrdinal from time to time',
  watchThreads: 'the service does not have it, use listThreads sorted by updated_at',
};

export function unsupported(operation: OptionalOperation): ThreadStoreError {
  return unsupportedOperation(optionalOperations[operation], instead[operation]);
}
