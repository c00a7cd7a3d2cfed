import { ThreadStoreError, type ThreadStore } from '@threadstore/core';
import {
  appendItemsFromWire,
  appendResultToWire,
  archiveThreadFromWire,
  createThreadFromWire,
  deleteThreadFromWire,
  grantToWire,
  listThreadsFromWire,
  readThreadFromWire,
  resumeThreadFromWire,
  threadPageToWire,
  threadToWire,
  updateThreadMetadataFromWire,
  writerRefFromWire,
  type CallContext,
  type ThreadStoreHandlers,
} from '@threadstore/protocol';
import type { CallRecord, CallRecords } from './call-record.ts';
import { readHistory } from './read-history.ts';

/** What a handler is given beside its request. */
export interface Call {
  readonly signal: AbortSignal;
  /** A label for callers that give none. */
  readonly holder: string;
  readonly record: CallRecord;
}

/**
 * The service over a store: each handler checks and maps the request, calls the store, and maps the answer. The caller's
 * cancellation and deadline reach the store as a signal. A new method of the service does not compile until it is here.
 */
export function threadStoreHandlers(store: ThreadStore, records: CallRecords): ThreadStoreHandlers {
  const unary = unaryHandlers(records);
  return {
    createThread: unary(async (request, { signal, holder }) => ({
      grant: grantToWire(await store.createThread({ holder, ...createThreadFromWire(request) }, { signal })),
    })),
    resumeThread: unary(async (request, { signal, holder }) => ({
      grant: grantToWire(await store.resumeThread({ holder, ...resumeThreadFromWire(request) }, { signal })),
    })),
    appendItems: unary(async (request, { signal, record }) => {
      record.items = request.items.length;
      record.bytes = request.items.reduce((bytes, item) => bytes + item.byteLength, 0);
      return appendResultToWire(await store.appendItems(appendItemsFromWire(request), { signal }));
    }),
    persistThread: unary(async (request, { signal }) => {
      await store.persistThread(writerRefFromWire(request), { signal });
      return {};
    }),
    flushThread: unary(async (request, { signal }) => {
      await store.flushThread(writerRefFromWire(request), { signal });
      return {};
    }),
    shutdownThread: unary(async (request, { signal }) => {
      await store.shutdownThread(writerRefFromWire(request), { signal });
      return {};
    }),
    // Finishes, whatever becomes of the caller.
    discardThread: unary(async (request) => {
      await store.discardThread(writerRefFromWire(request));
      return {};
    }),
    readHistory: async function* (request, context) {
      const call = begin(request, context, records);
      try {
        yield* readHistory(store, request, call);
      } catch (error) {
        throw told(error, call.record);
      }
    },
    readThread: unary(async (request, { signal }) => ({
      thread: threadToWire(await store.readThread(readThreadFromWire(request), { signal })),
    })),
    listThreads: unary(async (request, { signal, record }) => {
      const page = await store.listThreads(listThreadsFromWire(request), { signal });
      record.threads = page.threads.length;
      return threadPageToWire(page);
    }),
    updateThreadMetadata: unary(async (request, { signal }) => ({
      thread: threadToWire(await store.updateThreadMetadata(updateThreadMetadataFromWire(request), { signal })),
    })),
    archiveThread: unary(async (request, { signal }) => {
      await store.archiveThread(archiveThreadFromWire(request), { signal });
      return {};
    }),
    unarchiveThread: unary(async (request, { signal }) => ({
      thread: threadToWire(await store.unarchiveThread(archiveThreadFromWire(request), { signal })),
    })),
    deleteThread: unary(async (request, { signal }) => {
      await store.deleteThread(deleteThreadFromWire(request), { signal });
      return {};
    }),
  };
}

type Handle<Request, Response> = (request: Request, call: Call) => Promise<Response>;

/** Makes the handler of a unary method: fills the record, and words the errors for the caller. */
function unaryHandlers(
  records: CallRecords,
): <Request extends object, Response>(
  handle: Handle<Request, Response>,
) => (request: Request, context: CallContext) => Promise<Response> {
  return (handle) => async (request, context) => {
    const call = begin(request, context, records);
    try {
      return await handle(request, call);
    } catch (error) {
      throw told(error, call.record);
    }
  };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function begin(request: object, context: CallContext, records: CallRecords): Call {
  const record = records.of(context.metadata);
  // Only what is certainly an id is fit for a log.
  if ('threadId' in request && typeof request.threadId === 'string' && uuid.test(request.threadId)) {
    record.threadId = request.threadId.toLowerCase();
  }
  return { signal: context.signal, holder: `client at ${context.peer}`, record };
}

/** What the caller is told. Of a fault of our own only the request id, by which its cause is found in the log. */
function told(error: unknown, record: CallRecord): ThreadStoreError {
  if (error instanceof ThreadStoreError && error.reason === 'STORE_CLOSED') return draining(error);
  if (error instanceof ThreadStoreError && error.code !== 'internal') return error;
  return new ThreadStoreError({
    reason: 'INTERNAL',
    message: `internal error, see request ${record.requestId} in the service's log`,
    details: { requestId: record.requestId },
    effect: error instanceof ThreadStoreError ? error.effect : 'unknown',
    cause: error,
  });
}

/** The store behind the service is closed as the last thing; the caller's own store is not. */
function draining(cause: ThreadStoreError): ThreadStoreError {
  return new ThreadStoreError({ reason: 'DRAINING', message: 'the service is shutting down', cause });
}
