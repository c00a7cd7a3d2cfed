import type * as grpc from '@grpc/grpc-js';
import type { LostLease } from '@threadstore/core';
import { defaultHolder } from '@threadstore/core/internal';
import { Credentials, type RemoteCredentials } from './credentials.ts';
import { parseEndpoint } from './endpoint.ts';
import { resolveTransport, type TransportOptions } from './transport.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

export interface RemoteThreadStoreOptions extends TransportOptions {
  /**
   * Where the service listens: `host:port`, such as `127.0.0.1:50051`, `[::1]:50051` or `threads.internal:50051`, or
   * `unix:/path/to.sock`. `https://` or `grpcs://` before it means TLS; `http://` and nothing mean none, unless `tls` says otherwise.
   *
   * Several replicas are given as an array, or in one text with commas between them, or by a name that has several addresses. Calls
   * go to all that can be reached in turn. Appends go to one of them, and to another when that one goes away.
   *
   * Connections are made by the first call, and again when they have broken.
   */
  readonly endpoint: string | readonly string[];
  /**
   * How long a call may take, repeated attempts included, in milliseconds. It then rejects with `deadline_exceeded`, or with what
   * the last attempt has failed with; a write may be done all the same (effect `unknown`). Default 30,000; from 1 to 86,400,000,
   * a day.
   *
   * The time of an append and of `renewLeases` counts from the call; that of `persistThread`, `flushThread` and `shutdownThread`
   * from when the calls before them, of the same thread, have ended; that of a `resumeThread` that waits counts for each
   * attempt. Reading a history has no deadline: it takes as long as the reader does, so end it by a signal.
   */
  readonly deadlineMs?: number;
  /**
   * Whether the leases that this store is granted are renewed while it is open, a third of their duration after the last accepted
   * append, and released by `close()`. A lease is kept until its writer is shut down, discarded or lost, or its thread is archived
   * without an epoch, or deleted. Default true. A process that ends without `close()` leaves them to lapse.
   */
  readonly keepLeases?: boolean;
  /**
   * Told once of each writer whose lease is kept and who may write no more: somebody has taken the thread, or archived or deleted
   * it. A renewal or a refused write finds that out.
   */
  readonly onLeaseLost?: (lost: LostLease) => void;
  /** The label of the leases that this store takes, where a call gives none. Default: host name and process id. */
  readonly holder?: string;
  /**
   * Bytes of one message from the service; a larger one fails its call with `resource_exhausted`. Default 64 MiB. It must hold the
   * largest item (8 MiB, unless the service is configured otherwise), the largest turn in full view (32 MiB), and the largest page of
   * threads, turns or items.
   */
  readonly maxReceiveMessageBytes?: number;
  /** Who calls, for a service that asks. Default: nobody says so. */
  readonly credentials?: RemoteCredentials;
  /** Options of grpc-js' channel, over those that are set here. For keepalive times, proxies and the like. */
  readonly channelOptions?: grpc.ChannelOptions;
}

export interface ResolvedOptions {
  /** As grpc-js takes it. */
  readonly target: string;
  readonly transport: grpc.ChannelCredentials;
  readonly credentials: Credentials;
  readonly deadlineMs: number;
  readonly holder: string;
  readonly keepLeases: boolean;
  readonly onLeaseLost: ((lost: LostLease) => void) | undefined;
  readonly channelOptions: grpc.ChannelOptions;
}

/** Each call to the next of the addresses that can be reached. */
const serviceConfig = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });

// A deadline that does not fit in 31 bits of milliseconds passes at once on a grpc-js server.
const deadlineMsMax = 24 * 60 * 60 * 1_000;

/**
 * Throws a `TypeError` for an endpoint that is none, a token that is none or that others could listen to, and TLS that can't be; a
 * `RangeError` for a number out of range.
 */
export function resolveOptions(options: RemoteThreadStoreOptions): ResolvedOptions {
  const { deadlineMs = 30_000, maxReceiveMessageBytes = 64 * MiB } = options;
  const target = parseEndpoint(options.endpoint);
  const transport = resolveTransport(target, options, options.credentials !== undefined);
  return {
    target: target.text,
    transport: transport.credentials,
    credentials: new Credentials(options.credentials),
    deadlineMs: integer('deadlineMs', deadlineMs, deadlineMsMax),
    holder: options.holder ?? defaultHolder(),
    keepLeases: options.keepLeases ?? true,
    onLeaseLost: options.onLeaseLost,
    channelOptions: {
      'grpc.max_receive_message_length': integer('maxReceiveMessageBytes', maxReceiveMessageBytes, 2 ** 31 - 1),
      // Long histories come a quarter faster than over HTTP/2's 64 KiB; more gains nothing.
      'grpc-node.flow_control_window': MiB,
      // A service that was away for a moment is found again soon, without a storm of attempts.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      // A peer that is gone without a word fails the calls under way after a quarter of a minute, half of a lease's usual duration.
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5_000,
      'grpc.service_config': serviceConfig,
      // A name whose addresses have all gone is soon looked up again.
      'grpc.dns_min_time_between_resolutions_ms': 5_000,
      // Its own connection, so that close() ends it.
      'grpc.use_local_subchannel_pool': 1,
      // Retries are ours (retry.ts); no look-up for a service config in DNS that could tell otherwise than the one above.
      'grpc.service_config_disable_resolution': 1,
      // A proxy that the environment names would be asked for its own machine's port, and be given the token.
      ...(target.isLocal ? { 'grpc.enable_http_proxy': 0 } : {}),
      ...transport.channelOptions,
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
