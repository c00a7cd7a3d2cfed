import type * as grpc from '@grpc/grpc-js';
import { defaultHolder } from '@threadstore/core/internal';
import { parseEndpoint } from './endpoint.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

export interface RemoteThreadStoreOptions {
  /**
   * Where the service listens: `host:port`, such as `127.0.0.1:50051`, `[::1]:50051` or `threads.internal:50051`, or
   * `unix:/path/to.sock`. `http://` may stand before it. The connection is not encrypted.
   *
   * It is made by the first call, and again when it has broken.
   */
  readonly endpoint: string;
  /**
   * How long a call may take, repeated attempts included, in milliseconds. It then rejects with `deadline_exceeded`; a write may
   * be done all the same (effect `unknown`). Default 30,000; from 1 to 86,400,000, a day.
   *
   * The time of an append counts from when those before it, of the same thread, have ended. Reading a history has no deadline:
   * it takes as long as the reader does, so end it by a signal.
   */
  readonly deadlineMs?: number;
  /** The label of the leases that this store takes, where a call gives none. Default: host name and process id. */
  readonly holder?: string;
  /**
   * Bytes of one message from the service; a larger one fails its call with `resource_exhausted`. Default 64 MiB. It must hold the
   * largest item (8 MiB, unless the service is configured otherwise) and the largest page of threads.
   */
  readonly maxReceiveMessageBytes?: number;
  /** Options of grpc-js' channel, over those that are set here. For keepalive times, proxies and the like. */
  readonly channelOptions?: grpc.ChannelOptions;
}

export interface ResolvedOptions {
  /** As grpc-js takes it. */
  readonly target: string;
  readonly deadlineMs: number;
  readonly holder: string;
  readonly channelOptions: grpc.ChannelOptions;
}

// A deadline that does not fit in 31 bits of milliseconds passes at once on a grpc-js server.
const deadlineMsMax = 24 * 60 * 60 * 1_000;

/** Throws a `TypeError` for an endpoint that is none, a `RangeError` for a number out of range. */
export function resolveOptions(options: RemoteThreadStoreOptions): ResolvedOptions {
  const { deadlineMs = 30_000, maxReceiveMessageBytes = 64 * MiB } = options;
  return {
    target: parseEndpoint(options.endpoint),
    deadlineMs: integer('deadlineMs', deadlineMs, deadlineMsMax),
    holder: options.holder ?? defaultHolder(),
    channelOptions: {
      'grpc.max_receive_message_length': integer('maxReceiveMessageBytes', maxReceiveMessageBytes, 2 ** 31 - 1),
      // Long histories come a quarter faster than over HTTP/2's 64 KiB; more gains nothing.
      'grpc-node.flow_control_window': MiB,
      // A service that was away for a moment is found again soon, without a storm of attempts.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      // A peer that is gone without a word fails the calls under way after at most half a minute.
      'grpc.keepalive_time_ms': 20_000,
      'grpc.keepalive_timeout_ms': 10_000,
      // Its own connection, so that close() ends it.
      'grpc.use_local_subchannel_pool': 1,
      // Retries are ours (retry.ts); no look-up for a service config that could tell otherwise.
      'grpc.service_config_disable_resolution': 1,
      ...options.channelOptions,
    },
  };
}

function integer(name: string, value: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < 1 || value > max) {
    throw new RangeError(`${name}: must be an integer from 1 to ${max} (got ${String(value)})`);
  }
  return value;
}
