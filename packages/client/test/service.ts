import * as grpc from '@grpc/grpc-js';
import { RemoteThreadStore, type RemoteThreadStoreOptions } from '@threadstore/client';
import { MemoryThreadStore, type ThreadStore } from '@threadstore/core';
import {
  addService,
  appendItemsFromWire,
  appendResultToWire,
  archiveThreadFromWire,
  createThreadFromWire,
  deleteThreadFromWire,
  grantToWire,
  historyChunkToWire,
  listThreadsFromWire,
  readThreadFromWire,
  resumeThreadFromWire,
  streamHistoryFromWire,
  threadPageToWire,
  threadToWire,
  ThreadStoreService,
  updateThreadMetadataFromWire,
  writerRefFromWire,
  type ThreadStoreHandlers,
} from '@threadstore/protocol';
import { onTestFinished } from 'vitest';

/** The plainest handlers over a store: what a service does, without limits, logs and the like. */
function handlersOf(store: ThreadStore): ThreadStoreHandlers {
  return {
    createThread: async (request) => ({ grant: grantToWire(await store.createThread(createThreadFromWire(request))) }),
    resumeThread: async (request) => ({ grant: grantToWire(await store.resumeThread(resumeThreadFromWire(request))) }),
    appendItems: async (request, { signal }) =>
      appendResultToWire(await store.appendItems(appendItemsFromWire(request), { signal })),
    persistThread: async (request) => {
      await store.persistThread(writerRefFromWire(request));
      return {};
    },
    flushThread: async (request) => {
      await store.flushThread(writerRefFromWire(request));
      return {};
    },
    shutdownThread: async (request) => {
      await store.shutdownThread(writerRefFromWire(request));
      return {};
    },
    discardThread: async (request) => {
      await store.discardThread(writerRefFromWire(request));
      return {};
    },
    async *readHistory(request, { signal }) {
      const params = streamHistoryFromWire(request);
      const { nextOrdinal } = await store.readThread(params, { signal });
      const wanted = params.untilOrdinal ?? nextOrdinal;
      const untilOrdinal = wanted < nextOrdinal ? wanted : nextOrdinal;
      for await (const batch of store.streamHistory({ ...params, untilOrdinal }, { signal })) {
        yield historyChunkToWire({ ...batch, untilOrdinal });
      }
    },
    readThread: async (request) => ({ thread: threadToWire(await store.readThread(readThreadFromWire(request))) }),
    listThreads: async (request) => threadPageToWire(await store.listThreads(listThreadsFromWire(request))),
    updateThreadMetadata: async (request) => ({
      thread: threadToWire(await store.updateThreadMetadata(updateThreadMetadataFromWire(request))),
    }),
    archiveThread: async (request) => {
      await store.archiveThread(archiveThreadFromWire(request));
      return {};
    },
    unarchiveThread: async (request) => ({
      thread: threadToWire(await store.unarchiveThread(archiveThreadFromWire(request))),
    }),
    deleteThread: async (request) => {
      await store.deleteThread(deleteThreadFromWire(request));
      return {};
    },
  };
}

type Override = (handlers: ThreadStoreHandlers) => Partial<ThreadStoreHandlers>;

/** A service over a memory store that can be stopped and started again on its port, and a client of it. */
export class TestService {
  readonly store = new MemoryThreadStore();
  readonly #handlers: ThreadStoreHandlers;
  #server: grpc.Server | undefined;
  port = 0;

  constructor(override: Override = () => ({})) {
    const handlers = handlersOf(this.store);
    this.#handlers = { ...handlers, ...override(handlers) };
  }

  async start(): Promise<this> {
    const server = new grpc.Server({ 'grpc.max_receive_message_length': 64 * 1_024 * 1_024 });
    addService(server, ThreadStoreService, this.#handlers);
    this.port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${this.port}`, grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
    this.#server = server;
    return this;
  }

  /** At once, calls under way included. */
  stop(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  client(options: Partial<RemoteThreadStoreOptions> = {}): RemoteThreadStore {
    const client = new RemoteThreadStore({ endpoint: `127.0.0.1:${this.port}`, ...options });
    onTestFinished(async () => {
      this.stop();
      await client.close();
    });
    return client;
  }
}

/** A started service and a client of it; both end with the test. */
export async function serve(
  override?: Override,
  options?: Partial<RemoteThreadStoreOptions>,
): Promise<{ service: TestService; client: RemoteThreadStore }> {
  const service = await new TestService(override).start();
  return { service, client: service.client(options) };
}
