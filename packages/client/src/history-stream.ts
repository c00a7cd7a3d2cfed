import type * as grpc from '@grpc/grpc-js';
import { ThreadStoreError, type HistoryBatch, type StreamHistoryParams } from '@threadstore/core';
import {
  abortError,
  checkStreamHistory,
  raceAbort,
  throwIfAborted,
  type StoreLifecycle,
} from '@threadstore/core/internal';
import { historyChunkFromWire, streamHistoryToWire, type ThreadStoreCallers } from '@threadstore/protocol';
import { failureOf, read } from './calls.ts';
import type { Credentials } from './credentials.ts';
import { attemptsMax, isPassing, pause, pauseMs } from './retry.ts';

const operation = read('stream_history');
// A history has no deadline: a service that says to come back much later is left to the reader, who would wait in the dark.
const pauseMsMax = 30_000;

interface HistorySource {
  readonly callers: ThreadStoreCallers;
  readonly credentials: Credentials;
}

/**
 * The items of a thread, in batches. When the connection breaks, or the service goes, it asks again for what is left of the same
 * snapshot: up to four times without anything received in between.
 */
export async function* readHistory(
  { callers, credentials }: HistorySource,
  params: StreamHistoryParams,
  signal: AbortSignal | undefined,
): AsyncGenerator<HistoryBatch, void, undefined> {
  throwIfAborted(signal);
  const { untilOrdinal, fromOrdinal, ...thread } = checkStreamHistory(params);
  let next = fromOrdinal;
  // Where the snapshot ends, once the service has said it.
  let end: bigint | undefined;
  let others: grpc.Metadata | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const until = end ?? untilOrdinal ?? undefined;
    const request = { ...thread, fromOrdinal: next, ...(until === undefined ? {} : { untilOrdinal: until }) };
    let failure: ThreadStoreError;
    let metadata: grpc.Metadata | undefined;
    try {
      metadata = others ?? (await raceAbort(Promise.resolve(credentials.headers()), signal, 'none'));
      const options = signal === undefined ? { metadata } : { metadata, signal };
      for await (const message of callers.readHistory(streamHistoryToWire(request), options)) {
        const chunk = historyChunkFromWire(message);
        end ??= chunk.untilOrdinal;
        if (chunk.items.length === 0) continue;
        if (chunk.firstOrdinal !== next) throw damaged(`items from ${chunk.firstOrdinal}, expected from ${next}`);
        next += BigInt(chunk.items.length);
        attempt = 1;
        others = undefined;
        yield { ...chunk, untilOrdinal: end };
        throwIfAborted(signal);
      }
      if (end !== undefined && next < end) throw damaged(`ended before ${next}, expected up to ${end}`);
      return;
    } catch (error) {
      failure = failureOf(error, operation, signal);
    }
    if (end !== undefined && next >= end) return;
    if (failure.reason === 'UNAUTHENTICATED' && others === undefined && metadata !== undefined) {
      others = await raceAbort(credentials.others(metadata), signal, 'none').catch(() => undefined);
      if (others !== undefined) continue;
    }
    const ms = pauseMs(attempt, failure);
    if (!isPassing(failure) || attempt === attemptsMax || ms > pauseMsMax) throw failure;
    await pause(ms, signal);
    if (signal?.aborted) throw abortError(signal, 'none');
  }
}

function damaged(what: string): ThreadStoreError {
  return new ThreadStoreError({ reason: 'INTERNAL', message: `stream_history: the service sent ${what}` });
}

/** The histories that are being read, so that the end of the store ends them too. Each `next()` counts as a call. */
export class HistoryStreams {
  readonly #lifecycle: StoreLifecycle;
  readonly #open = new Set<AsyncGenerator<HistoryBatch, void, undefined>>();

  constructor(lifecycle: StoreLifecycle) {
    this.#lifecycle = lifecycle;
  }

  open(make: () => AsyncGenerator<HistoryBatch, void, undefined>): AsyncIterable<HistoryBatch> {
    let iterator: AsyncIterator<HistoryBatch> | undefined;
    return { [Symbol.asyncIterator]: () => (iterator ??= this.#iterator(make())) };
  }

  /** Cancels what nobody is waiting for any more. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((batches) => batches.return()));
  }

  #iterator(batches: AsyncGenerator<HistoryBatch, void, undefined>): AsyncIterator<HistoryBatch> {
    this.#open.add(batches);
    const forget = (): void => void this.#open.delete(batches);
    return {
      next: () =>
        this.#lifecycle.run(async () => {
          try {
            const result = await batches.next();
            if (result.done === true) forget();
            return result;
          } catch (error) {
            forget();
            throw error;
          }
        }),
      return: async () => {
        forget();
        await batches.return();
        return { done: true, value: undefined };
      },
    };
  }
}
