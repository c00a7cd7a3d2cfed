import {
  appendItemsFromWire,
  appendResultToWire,
  createThreadFromWire,
  forkThreadFromWire,
  grantToWire,
  resumeThreadFromWire,
  writerRefFromWire,
  type ThreadStoreHandlers,
} from '@threadstore/protocol';
import { streamHandlers, unaryHandlers } from './call-handlers.ts';
import { observedAppend } from './observed-append.ts';
import type { Served } from './served.ts';

type WriterMethods =
  | 'createThread'
  | 'forkThread'
  | 'resumeThread'
  | 'appendItems'
  | 'appendStream'
  | 'persistThread'
  | 'flushThread'
  | 'shutdownThread'
  | 'discardThread';

/** What writers call: from the grant of a lease to its release. */
export function writerHandlers(served: Served): Pick<ThreadStoreHandlers, WriterMethods> {
  const unary = unaryHandlers(served);
  const stream = streamHandlers(served);
  return {
    createThread: unary(async (request, { store, signal, holder }) => ({
      grant: grantToWire(await store.createThread({ holder, ...createThreadFromWire(request) }, { signal })),
    })),
    forkThread: unary(async (request, { store, signal, holder }) => ({
      grant: grantToWire(await store.forkThread({ holder, ...forkThreadFromWire(request) }, { signal })),
    })),
    resumeThread: unary(async (request, { store, signal, holder, record }) => {
      const resume = { holder, ...resumeThreadFromWire(request) };
      if (resume.takeover === 'steal') record.takeover = true;
      return { grant: grantToWire(await store.resumeThread(resume, { signal })) };
    }),
    appendItems: unary(async (request, { store, signal, record }) => {
      const items = request.items.length;
      const bytes = request.items.reduce((sum, item) => sum + item.byteLength, 0);
      Object.assign(record, { items, bytes });
      const result = await observedAppend({ items, bytes }, served.onAppended, () =>
        store.appendItems(appendItemsFromWire(request), { signal }),
      );
      return appendResultToWire(result);
    }),
    appendStream: stream((requests, call) => served.appendStreams.answers(requests, call)),
    persistThread: unary(async (request, { store, signal }) => {
      await store.persistThread(writerRefFromWire(request), { signal });
      return {};
    }),
    flushThread: unary(async (request, { store, signal }) => {
      await store.flushThread(writerRefFromWire(request), { signal });
      return {};
    }),
    shutdownThread: unary(async (request, { store, signal }) => {
      await store.shutdownThread(writerRefFromWire(request), { signal });
      return {};
    }),
    // Finishes, whatever becomes of the caller.
    discardThread: unary(async (request, { store }) => {
      await store.discardThread(writerRefFromWire(request));
      return {};
    }),
  };
}
