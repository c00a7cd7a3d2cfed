import * as grpc from '@grpc/grpc-js';
import { RemoteThreadStore, type RemoteThreadStoreOptions } from '@threadstore/client';
import { MemoryThreadStore, type ThreadStore } from '@threadstore/core';
import {
  addService,
  appendItemsFromWire,
  appendResultToWire,
  archiveThreadFromWire,
  createThreadFromWire,
  forkThreadFromWire,
  deleteThreadFromWire,
  grantToWire,
  historyChunkToWire,
  itemPageToWire,
  listItemsFromWire,
  listThreadsFromWire,
  listTurnsFromWire,
  readThreadFromWire,
  resumeThreadFromWire,
  searchPageToWire,
  searchThreadsFromWire,
  streamHistoryFromWire,
  threadPageToWire,
  threadToWire,
  ThreadStoreService,
  turnPageToWire,
  updateThreadMetadataFromWire,
  writerRefFromWire,
  type ThreadStoreHandlers,
} from '@threadstore/protocol';
import { onTestFinished } from 'vitest';
import { appendStreamBy } from './append-handler.ts';

/** The plainest handlers over a store: what a service does, without limits, logs and the like. */
function handlersOf(store: ThreadStore): Omit<ThreadStoreHandlers, 'appendStream'> {
  return {
    createThread: async (request) => ({ grant: grantToWire(await store.createThread(createThreadFromWire(request))) }),
    forkThread: async (request) => ({ grant: grantToWire(await store.forkThread(forkThreadFromWire(request))) }),
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
      for await (const batch of store.streamHistory(streamHistoryFromWire(request), { signal })) {
        yield historyChunkToWire(batch).message;
      }
    },
    readThread: async (request) => ({ thread: threadToWire(await store.readThread(readThreadFromWire(request))) }),
    listThreads: async (request) => threadPageToWire(await store.listThreads(listThreadsFromWire(request))),
    listTurns: async (request) => turnPageToWire(await store.listTurns(listTurnsFromWire(request))),
    listItems: async (request) => itemPageToWire(await store.listItems(listItemsFromWire(request))),
    searchThreads: async (request) => searchPageToWire(await store.searchThreads(searchThreadsFromWire(request))),
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

export type Override = (handlers: ThreadStoreHandlers) => Partial<ThreadStoreHandlers>;

interface TestServiceOptions {
  readonly store?: MemoryThreadStore;
  readonly server?: grpc.ServerOptions;
}

/** A service over a memory store that can be stopped and started again on its port, and a client of it. */
export class TestService {
  readonly store: MemoryThreadStore;
  readonly #options: grpc.ServerOptions;
  readonly #handlers: ThreadStoreHandlers;
  #server: grpc.Server | undefined;
  #host = '127.0.0.1';
  port = 0;

  constructor(
    override: Override = () => ({}),
    { store = new MemoryThreadStore(), server = {} }: TestServiceOptions = {},
  ) {
    this.store = store;
    this.#options = { 'grpc.max_receive_message_length': 64 * 1_024 * 1_024, ...server };
    const plain = handlersOf(store);
    const handlers = { ...plain, appendStream: appendStreamBy(plain.appendItems, store) };
    const { appendItems = plain.appendItems, ...rest } = override(handlers);
    // What becomes of a single append becomes of those of a stream.
    this.#handlers = { ...handlers, appendItems, appendStream: appendStreamBy(appendItems, store), ...rest };
  }

  get endpoint(): string {
    return `${this.#host}:${this.port}`;
  }

  async start(): Promise<this> {
    const server = new grpc.Server(this.#options);
    addService(server, ThreadStoreService, this.#handlers);
    this.port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(this.endpoint, grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
    this.#server = server;
    return this;
  }

  /** Listens on another address from now on. */
  async moveTo(host: string, port: number): Promise<void> {
    this.stop();
    this.#host = host;
    this.port = port;
    await this.start();
  }

  /** At once, calls under way included. */
  stop(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  /** Takes no more calls, and waits for those under way. */
  async drain(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (this.#server === undefined) resolve();
      else this.#server.tryShutdown(() => resolve());
    });
  }

  client(options: Partial<RemoteThreadStoreOptions> = {}): RemoteThreadStore {
    const client = new RemoteThreadStore({ endpoint: this.endpoint, keepLeases: false, ...options });
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
  serviceOptions?: TestServiceOptions,
): Promise<{ service: TestService; client: RemoteThreadStore }> {
  const service = await new TestService(override, serviceOptions).start();
  return { service, client: service.client(options) };
}
