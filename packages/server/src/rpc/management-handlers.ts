import {
  archiveThreadFromWire,
  deleteThreadFromWire,
  threadToWire,
  updateThreadMetadataFromWire,
  type ThreadStoreHandlers,
} from '@threadstore/protocol';
import { unaryHandlers } from './call-handlers.ts';
import type { Served } from './served.ts';

type ManagementMethods = 'updateThreadMetadata' | 'archiveThread' | 'unarchiveThread' | 'deleteThread';

/** What changes a thread beside its items; nobody needs to hold it. */
export function managementHandlers(served: Served): Pick<ThreadStoreHandlers, ManagementMethods> {
  const unary = unaryHandlers(served);
  return {
    updateThreadMetadata: unary(async (request, { store, signal }) => ({
      thread: threadToWire(await store.updateThreadMetadata(updateThreadMetadataFromWire(request), { signal })),
    })),
    archiveThread: unary(async (request, { store, signal }) => {
      await store.archiveThread(archiveThreadFromWire(request), { signal });
      return {};
    }),
    unarchiveThread: unary(async (request, { store, signal }) => ({
      thread: threadToWire(await store.unarchiveThread(archiveThreadFromWire(request), { signal })),
    })),
    deleteThread: unary(async (request, { store, signal }) => {
      await store.deleteThread(deleteThreadFromWire(request), { signal });
      return {};
    }),
  };
}
