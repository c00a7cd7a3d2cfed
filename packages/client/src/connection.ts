import * as grpc from '@grpc/grpc-js';
import type {
  AppendItemsParams,
  AppendResult,
  CallOptions,
  HistoryBatch,
  RenewLeasesParams,
  RenewLeasesResult,
  StreamHistoryParams,
} from '@threadstore/core';
import { inTurn, KeyedOrder, storeClosed, StoreLifecycle, throwIfAborted } from '@threadstore/core/internal';
import {
  createClient,
  encodeAppend,
  ThreadStoreService,
  writerRefToWire,
  type CallerOptions,
  type ThreadStoreCallers,
} from '@threadstore/protocol';
import { AppendStream } from './append-stream/append-stream.ts';
import { streamSource } from './append-stream/stream-source.ts';
import { CallsAtOnce } from './calls-at-once.ts';
import { callUnary, write, type Operation } from './calls.ts';
import type { Credentials } from './credentials.ts';
import { HistoryStreams, readHistory } from './history-stream.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { registerListResolver } from './list-resolver.ts';
import type { ResolvedOptions } from './options.ts';
import { withTraceContext } from './trace-context.ts';

/** Unary calls of a store. Appends and histories have streams of their own. */
const callsAtOnceMax = 100;

type Signal = AbortSignal | undefined;

/** The channel of a store, and what is under way on it. */
export class Connection {
  readonly #deadlineMs: number;
  readonly #credentials: Credentials;
  readonly #channel: grpc.Client;
  readonly #callers: ThreadStoreCallers;
  readonly #lifecycle = new StoreLifecycle();
  readonly #histories = new HistoryStreams(this.#lifecycle);
  readonly #order = new KeyedOrder();
  readonly #atOnce = new CallsAtOnce(callsAtOnceMax);
  readonly #appends: AppendStream;
  /** `undefined` when leases are not kept. */
  readonly keeper: LeaseKeeper | undefined;

  /** Connects with the first call. */
  constructor({
    target,
    transport,
    credentials,
    deadlineMs,
    keepLeases,
    onLeaseLost,
    channelOptions,
  }: ResolvedOptions) {
    registerListResolver();
    this.#deadlineMs = deadlineMs;
    this.#credentials = credentials;
    this.#channel = new grpc.Client(target, transport, channelOptions);
    this.#callers = withTraceContext(createClient(ThreadStoreService, this.#channel));
    const renew = (params: RenewLeasesParams): Promise<RenewLeasesResult> => this.#appends.renew(params);
    this.keeper = keepLeases ? new LeaseKeeper({ renew, onLost: onLeaseLost }) : undefined;
    this.#appends = new AppendStream({
      source: streamSource({ open: this.#callers.appendStream, channel: this.#channel.getChannel(), credentials }),
      deadlineMs,
      leases: this.keeper,
    });
  }

  /** Every call of the store goes through here: is it closed, is the call aborted, then its work. */
  run<T>(options: CallOptions | undefined, work: (signal: Signal) => Promise<T>): Promise<T> {
    return this.#lifecycle.run(() => {
      throwIfAborted(options?.signal);
      return work(options?.signal);
    });
  }

  /** For calls that go on after the end of the store unless they ask. */
  throwIfClosed(): void {
    if (this.#lifecycle.closed) throw storeClosed();
  }

  /** After all work of the thread that was given before, and before all that is given later. */
  alone<T>(threadId: string, signal: Signal, work: () => Promise<T>): Promise<T> {
    return inTurn(signal, (turn) => this.#order.alone(threadId, turn), work);
  }

  /**
   * In the order of the calls. Batches of a writer are under way together: their sequence keeps their order whatever fails. An
   * external one has none, so it goes alone.
   */
  append(params: AppendItemsParams, signal: Signal): Promise<AppendResult> {
    const { threadId } = params;
    const writer = params.external === true ? undefined : { threadId, epoch: params.epoch };
    const call = this.#appends.append({ threadId, writer, encoded: encodeAppend(params) }, signal);
    let isSent = false;
    const turn = (): Promise<AppendResult> => {
      isSent = true;
      return this.#appends.send(call);
    };
    const outcome = writer === undefined ? this.#order.alone(threadId, turn) : this.#order.together(threadId, turn);
    if (isSent) return outcome;
    // It may end before its turn comes.
    outcome.catch(() => undefined);
    return call.promise;
  }

  renew(params: RenewLeasesParams, signal: Signal): Promise<RenewLeasesResult> {
    return this.#appends.renew(params, signal);
  }

  unary<T>(
    operation: Operation,
    signal: Signal,
    send: (callers: ThreadStoreCallers, options: CallerOptions) => Promise<T>,
  ): Promise<T> {
    const settings = { deadlineMs: this.#deadlineMs, signal, credentials: this.#credentials, atOnce: this.#atOnce };
    return callUnary(operation, settings, (options) => send(this.#callers, options));
  }

  /** The batches of a history, within a call of the store. */
  history(params: StreamHistoryParams, signal: Signal): AsyncIterable<HistoryBatch> {
    return readHistory(this.#source, params, signal);
  }

  /** The batches of a history, each a call of the store. */
  streamedHistory(params: StreamHistoryParams, signal: Signal): AsyncIterable<HistoryBatch> {
    return this.#histories.open(() => readHistory(this.#source, params, signal));
  }

  get #source(): Parameters<typeof readHistory>[0] {
    return { callers: this.#callers, credentials: this.#credentials };
  }

  /** Refuses calls from now on, waits for those under way, releases the leases that are kept, and hangs up. */
  close(): Promise<void> {
    return this.#lifecycle.close(async () => {
      await this.#histories.close();
      await this.#releaseLeases();
      await this.#appends.close();
      this.#channel.close();
    });
  }

  async #releaseLeases(): Promise<void> {
    const writers = this.keeper?.end() ?? [];
    // One that can't be released lapses.
    await Promise.allSettled(
      writers.map((writer) =>
        this.unary(write('shutdown_thread', 'safe'), undefined, (callers, options) =>
          callers.shutdownThread(writerRefToWire(writer), options),
        ),
      ),
    );
  }
}
