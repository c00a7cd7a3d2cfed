import { CodexThreadStore, codexMethods, type CodexMethods } from '@threadstore/codex';
import type { Limits, ThreadStore } from '@threadstore/core';
import { resolveLimits } from '@threadstore/core/internal';
import { addService, type Implementation } from '@threadstore/protocol';
import { channelOptions, type ServerChannelOptions } from './channel-options.ts';
import { Admission } from './limits/admission.ts';
import type { Call, CallSource } from './rpc/begin-call.ts';
import { unaryHandlers } from './rpc/call-handlers.ts';
import { hostService, type HostOptions, type ThreadStoreServer } from './service-host.ts';

export interface CodexServerOptions extends HostOptions {
  /** What is served. It stays the caller's: `drain` does not close it. */
  readonly store: ThreadStore;
  /** Those of the store. Default: `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** Bytes of all requests under way, as they came over the wire: those of `serviceLimits` are too few here. Default 256 MiB. */
  readonly requestBytesMax?: number;
}

const MiB = 1024 * 1024;

/** What the requests of Codex under way may hold, unless somebody says otherwise: 256 MiB. */
export const codexRequestBytesDefault = 256 * MiB;

/** A ResumeThread and the first append of a fork carry a whole history. */
const messageBytesMax = 64 * MiB;

/**
 * A gRPC server of `codex.thread_store.v1.ThreadStore`, which released Codex CLIs dial, over any store. These clients send no
 * credentials: whoever reaches it has the store.
 */
export function createCodexServer(options: CodexServerOptions): ThreadStoreServer {
  const { store } = options;
  const limits = resolveLimits(options.limits);
  // Its callers are one tenant.
  const requestBytesMax = options.requestBytesMax ?? codexRequestBytesDefault;
  const bytes = { requestBytesMax, tenantRequestBytesMax: requestBytesMax };
  const admission = new Admission({ ...options.serviceLimits, ...bytes });
  const methods = codexMethods({ store, limits });
  return hostService(
    {
      desc: CodexThreadStore,
      channelOptions: codexChannelOptions(limits),
      admission,
      add: (server, records, onError) =>
        addService(server, CodexThreadStore, handlersOf(methods, { records, storeOf: () => store }), { onError }),
    },
    options,
  );
}

/** Those of the native service, for connections that last as long as a call. */
function codexChannelOptions(limits: Limits): ServerChannelOptions {
  const {
    'grpc.max_receive_message_length': appendBytesMax,
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
function handlersOf(methods: CodexMethods, source: CallSource): Implementation<(typeof CodexThreadStore)['method']> {
  const unary = unaryHandlers(source);
  const handlers = Object.entries(methods).map(([name, method]) => [
    name,
    unary((request, call) => (method as unknown as AnyMethod)(request, call)),
  ]);
  return Object.fromEntries(handlers) as Implementation<(typeof CodexThreadStore)['method']>;
}
