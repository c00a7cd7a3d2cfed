import * as grpc from '@grpc/grpc-js';
import type { CallOptions, ItemBatch, StreamHistoryParams } from '@threadstore/core';
import { StoreLifecycle, throwIfAborted } from '@threadstore/core/internal';
import { createClient, ThreadStoreService, type CallerOptions, type ThreadStoreCallers } from '@threadstore/protocol';
import { callUnary, type Operation } from './calls.ts';
import { HistoryStreams, readHistory } from './history-stream.ts';
import type { ResolvedOptions } from './options.ts';
import { OrderedCalls } from './ordered-calls.ts';

type Signal = AbortSignal | undefined;

/** The channel of a store, and what is under way on it. */
export class Connection {
  readonly #deadlineMs: number;
  readonly #channel: grpc.Client;
  readonly #callers: ThreadStoreCallers;
  readonly #lifecycle = new StoreLifecycle();
  readonly #streams = new HistoryStreams(this.#lifecycle);
  readonly #ordered = new OrderedCalls();

  /** Connects with the first call. */
  constructor({ target, deadlineMs, channelOptions }: ResolvedOptions) {
    this.#deadlineMs = deadlineMs;
    this.#channel = new grpc.Client(target, grpc.credentials.createInsecure(), channelOptions);
    this.#callers = createClient(ThreadStoreService, this.#channel);
  }

  /** Every call of the store goes through here: is it closed, is the call aborted, then its work. */
  run<T>(options: CallOptions | undefined, work: (signal: Signal) => Promise<T>): Promise<T> {
    return this.#lifecycle.run(() => {
      throwIfAborted(options?.signal);
      return work(options?.signal);
    });
  }

  /** After all work of the thread that was given before. */
  inOrder<T>(threadId: string, signal: Signal, work: () => Promise<T>): Promise<T> {
    return this.#ordered.run(threadId, signal, work);
  }

  unary<T>(
    operation: Operation,
    signal: Signal,
    send: (callers: ThreadStoreCallers, options: CallerOptions) => Promise<T>,
  ): Promise<T> {
    return callUnary(operation, this.#deadlineMs, signal, (options) => send(this.#callers, options));
  }

  /** The batches of a history, within a call of the store. */
  history(params: StreamHistoryParams, signal: Signal): AsyncIterable<ItemBatch> {
    return readHistory(this.#callers, params, signal);
  }

  /** The batches of a history, each a call of the store. */
  streamedHistory(params: StreamHistoryParams, signal: Signal): AsyncIterable<ItemBatch> {
    return this.#streams.open(() => readHistory(this.#callers, params, signal));
  }

  /** Refuses calls from now on, waits for those under way, and hangs up. */
  close(): Promise<void> {
    return this.#lifecycle.close(async () => {
      await this.#streams.close();
      this.#channel.close();
    });
  }
}
