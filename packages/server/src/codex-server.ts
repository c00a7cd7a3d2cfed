import type { ChannelOptions } from '@grpc/grpc-js';
import { CodexThreadStore, codexMethods, type CodexMethods } from '@threadstore/codex';
import type { Limits, ThreadStore } from '@threadstore/core';
import { resolveLimits } from '@threadstore/core/internal';
import { addService, type Implementation } from '@threadstore/protocol';
import { ByteAdmission, codexRequestBytesDefault } from './byte-admission.ts';
import { channelOptions } from './channel-options.ts';
import type { Call, CallSource } from './rpc/begin-call.ts';
import { unaryHandlers } from './rpc/call-handlers.ts';
import { hostService, type HostOptions, type ThreadStoreServer } from './service-host.ts';

export interface CodexServerOptions extends HostOptions {
  /** What is served. It stays the caller's: `drain` does not close it. */
  readonly store: ThreadStore;
  /** Those of the store. Default: `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** Bytes of all requests that are not answered yet; one over them is refused. Default 256 MiB. */
  readonly requestBytesMax?: number;
}

const MiB = 1024 * 1024;

/** A ResumeThread and the first append of a fork carry a whole history. */
const messageBytesMax = 64 * MiB;

/**
 * A gRPC server of `codex.thread_store.v1.ThreadStore`, which released Codex CLIs dial, over any store. These clients send no
 * credentials: whoever reaches it has the store.
 */
export function createCodexServer(options: CodexServerOptions): ThreadStoreServer {
  const { store } = options;
  const limits = resolveLimits(options.limits);
  const admission = new ByteAdmission(options.requestBytesMax ?? codexRequestBytesDefault);
  const methods = codexMethods({ store, limits });
  return hostService(
    {
      desc: CodexThreadStore,
      channelOptions: codexChannelOptions(limits),
      add: (server, records, onError) =>
        addService(server, CodexThreadStore, handlersOf(methods, { records, storeOf: () => store }, admission), {
          onError,
        }),
    },
    options,
  );
}

/** Those of the native service, for connections that last as long as a call. */
function codexChannelOptions(limits: Limits): ChannelOptions {
  const {
    'grpc.max_receive_message_length': appendBytesMax = 0,
    // A timer for each connection, of a length of its own: Node keeps a list for each length until that time, though the timer is gone.
    'grpc.max_connection_age_ms': _age,
    'grpc.max_connection_age_grace_ms': _grace,
    ...others
  } = channelOptions(limits);
  return {
    ...others,
    'grpc.max_receive_message_length': Math.max(messageBytesMax, appendBytesMax),
    // Keeps a record of each connection.
    'grpc.enable_channelz': 0,
  };
}

type AnyMethod = (request: object, call: Call) => Promise<unknown>;

/** All its methods are unary, and each is handled alike. */
function handlersOf(
  methods: CodexMethods,
  source: CallSource,
  admission: ByteAdmission,
): Implementation<(typeof CodexThreadStore)['method']> {
  const unary = unaryHandlers(source);
  const handlers = Object.entries(methods).map(([name, method]) => [
    name,
    unary((request, call) => admission.admit(bytesOf(request), () => (method as unknown as AnyMethod)(request, call))),
  ]);
  return Object.fromEntries(handlers) as Implementation<(typeof CodexThreadStore)['method']>;
}

/** Of the JSON texts of a request, which is nearly all that a large one has. */
function bytesOf(request: object): number {
  let bytes = 0;
  for (const value of Object.values(request) as unknown[]) {
    if (value instanceof Uint8Array) bytes += value.byteLength;
    else if (Array.isArray(value)) for (const one of value) bytes += one instanceof Uint8Array ? one.byteLength : 0;
  }
  return bytes;
}
