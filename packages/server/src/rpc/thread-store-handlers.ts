import type { ThreadStoreHandlers } from '@threadstore/protocol';
import { managementHandlers } from './management-handlers.ts';
import { readerHandlers } from './reader-handlers.ts';
import type { Served } from './served.ts';
import { writerHandlers } from './writer-handlers.ts';

/**
 * The service over a store: each handler checks and maps the request, calls the store, and maps the answer. The cancellation and
 * the deadline of a unary call or a read reach the store as a signal; an append of a stream is finished once it was read. A new
 * method of the service does not compile until it is here.
 */
export function threadStoreHandlers(served: Served): ThreadStoreHandlers {
  return { ...writerHandlers(served), ...readerHandlers(served), ...managementHandlers(served) };
}
