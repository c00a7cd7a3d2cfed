import type {
  AppendResult,
  ErrorEffect,
  RenewLeasesParams,
  RenewLeasesResult,
  ThreadStoreError,
  WriterRef,
} from '@threadstore/core';
import { write, type Operation } from '../calls.ts';
import { worse } from '../retry.ts';
import type { CallQueue } from './call-queue.ts';

type CallState =
  /** For its turn: something of its thread that goes alone is before it. */
  | 'waiting'
  /** In a queue, to be sent, perhaps not for the first time. */
  | 'queued'
  /** Sent on the stream that is open, and not answered. */
  | 'sent'
  /** Its promise is resolved or rejected. */
  | 'settled';

interface CallInit {
  readonly operation: string;
  /** Calls with the same key keep their order. */
  readonly key: string;
  /** How much of the stream's window it takes. */
  readonly bytes: number;
}

/** One append or one renewal: its promise, and what its attempts have come to. */
abstract class Call<Result> {
  readonly operation: Operation;
  readonly key: string;
  readonly bytes: number;
  readonly promise: Promise<Result>;
  state: CallState = 'waiting';
  /** What the attempts so far may have done. */
  effect: ErrorEffect = 'none';
  /** Of the last attempt. */
  failure: ThreadStoreError | undefined;
  /** Attempts that were refused for a passing reason. */
  refusals = 0;
  /** When it was last sent; by `performance.now()`, as all times here. */
  sentAt = 0;
  /** Bytes of the message that it was then in. */
  sentBytes = 0;
  /** The queue it is in, from when it is no more waiting. */
  queue: CallQueue | undefined;
  /** The next one in its queue. */
  behind: StreamCall | undefined;
  deadlineAt = 0;
  /** Its neighbours among all calls that have a deadline. */
  earlier: StreamCall | undefined;
  later: StreamCall | undefined;
  readonly #resolve: (result: Result) => void;
  readonly #reject: (error: ThreadStoreError) => void;
  #forgetSignal: (() => void) | undefined;

  constructor({ operation, key, bytes }: CallInit) {
    this.operation = write(operation, 'safe');
    this.key = key;
    this.bytes = bytes;
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** `abandon` is called when the signal fires before the call is settled. */
  heed(signal: AbortSignal, abandon: () => void): void {
    signal.addEventListener('abort', abandon, { once: true });
    this.#forgetSignal = () => signal.removeEventListener('abort', abandon);
  }

  /** Notes what an attempt has come to. */
  failed(failure: ThreadStoreError, effect: ErrorEffect): void {
    this.failure = failure;
    this.effect = worse(this.effect, effect);
  }

  resolve(result: Result): void {
    this.state = 'settled';
    this.#forgetSignal?.();
    this.#resolve(result);
  }

  reject(error: ThreadStoreError): void {
    this.state = 'settled';
    this.#forgetSignal?.();
    this.#reject(error);
  }
}

export interface AppendCallInit {
  readonly threadId: string;
  /** Whose lease it renews; none when it is external. */
  readonly writer: WriterRef | undefined;
  /** As messages of the stream hold it. */
  readonly encoded: Buffer;
}

export class AppendCall extends Call<AppendResult> {
  readonly kind = 'append';
  readonly writer: WriterRef | undefined;
  readonly encoded: Buffer;

  constructor({ threadId, writer, encoded }: AppendCallInit) {
    super({ operation: 'append_items', key: threadId, bytes: encoded.length });
    this.writer = writer;
    this.encoded = encoded;
  }
}

// The text of an id, an epoch, and what frames them.
const writerBytes = 64;

export class RenewalCall extends Call<RenewLeasesResult> {
  readonly kind = 'renewal';
  readonly params: RenewLeasesParams;

  constructor(params: RenewLeasesParams) {
    // They wait for one another only when one of them is refused for a passing reason. No thread's id is empty.
    super({ operation: 'renew_leases', key: '', bytes: params.writers.length * writerBytes });
    this.params = params;
  }
}

export type StreamCall = AppendCall | RenewalCall;
