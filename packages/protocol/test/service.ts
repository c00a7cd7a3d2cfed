import * as grpc from '@grpc/grpc-js';
import {
  addService,
  createClient,
  ThreadStoreService,
  type ServeOptions,
  type ThreadStoreCallers,
  type ThreadStoreHandlers,
} from '@threadstore/protocol';

export interface RunningService extends AsyncDisposable {
  readonly port: number;
  readonly channel: grpc.Client;
  readonly callers: ThreadStoreCallers;
  /** Cuts off all calls and connections, and serves no more. */
  breakConnections(): void;
}

/** A real grpc-js server with some handlers, the others refusing, and a channel to it. */
export async function serve(
  handlers: Partial<ThreadStoreHandlers>,
  options: ServeOptions & { readonly server?: grpc.ServerOptions; readonly client?: grpc.ClientOptions } = {},
): Promise<RunningService> {
  const server = new grpc.Server(options.server);
  addService(server, ThreadStoreService, { ...refusing(), ...handlers }, options);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const channel = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options.client);
  return {
    port,
    channel,
    callers: createClient(ThreadStoreService, channel),
    breakConnections: () => server.forceShutdown(),
    async [Symbol.asyncDispose]() {
      channel.close();
      server.forceShutdown();
      await Promise.resolve();
    },
  };
}

function refusing(): ThreadStoreHandlers {
  const refuse = (): never => {
    throw new Error('not expected in this test');
  };
  const unary = async (): Promise<never> => {
    await Promise.resolve();
    return refuse();
  };
  return {
    createThread: unary,
    forkThread: unary,
    resumeThread: unary,
    appendItems: unary,
    // oxlint-disable-next-line require-yield
    async *appendStream() {
      await Promise.resolve();
      refuse();
    },
    persistThread: unary,
    flushThread: unary,
    shutdownThread: unary,
    discardThread: unary,
    // oxlint-disable-next-line require-yield
    async *readHistory() {
      await Promise.resolve();
      refuse();
    },
    readThread: unary,
    listThreads: unary,
    listTurns: unary,
    listItems: unary,
    searchThreads: unary,
    updateThreadMetadata: unary,
    archiveThread: unary,
    unarchiveThread: unary,
    deleteThread: unary,
  };
}
