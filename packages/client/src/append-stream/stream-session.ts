import { appendStreamRequestToWire, type Duplex } from '@threadstore/protocol';
import type { AppendCall, RenewalCall, StreamCall } from './stream-call.ts';
import type { StreamAnswer, StreamEnd, StreamHandlers, StreamMessage, StreamSource } from './stream-source.ts';

/** Told of a session's life. Nothing is told of one that was ended from this side. */
export interface SessionListener {
  /** It takes calls now, or again. */
  onRoom(session: StreamSession): void;
  onAnswer(session: StreamSession, message: StreamAnswer): void;
  onEnd(session: StreamSession, end: StreamEnd): void;
}

const KiB = 1024;
const MiB = 1024 * KiB;

/** What may be unanswered at a time; the service admits as much of one stream unless it is told otherwise. */
const windowBytes = 8 * MiB;
const windowCalls = 4_096;
/** Calls share a message up to this size, beyond which a larger one gains nothing. */
const messageBytesMax = MiB;
/** How long the service may take to end its side when this one has. */
const farewellMs = 1_000;

/** One stream's life: numbers the calls that are sent on it, keeps them until they are answered, and knows when it is full. */
export class StreamSession {
  readonly #call: Duplex<StreamMessage>;
  readonly #listener: SessionListener;
  readonly #appends = new Map<number, AppendCall>();
  readonly #renewals = new Map<number, RenewalCall>();
  #appendNumber = 0;
  #renewalNumber = 0;
  #unansweredBytes = 0;
  #message: StreamCall[] = [];
  #messageBytes = 0;
  #isConnected = false;
  #isChoked = false;
  #isFull = false;
  #isOver = false;
  readonly #ended = Promise.withResolvers<void>();
  /** When something was last sent or received. */
  #activeAt = performance.now();
  #heardAt: number | undefined;

  constructor(source: StreamSource, listener: SessionListener) {
    this.#listener = listener;
    const handlers: StreamHandlers = {
      onMessage: (message) => this.#onMessage(message),
      onDrain: () => {
        this.#isChoked = false;
        if (!this.#isOver) listener.onRoom(this);
      },
      onEnd: (end) => {
        this.#ended.resolve();
        if (this.#isOver) return;
        this.#isOver = true;
        listener.onEnd(this, end);
      },
      onConnected: () => {
        this.#isConnected = true;
        listener.onRoom(this);
      },
      isWanted: () => !this.#isOver,
    };
    this.#call = source.open(handlers);
  }

  /** Calls that were sent and not answered, those included that nobody waits for any more. */
  get unansweredCount(): number {
    return this.#appends.size + this.#renewals.size;
  }

  /** Calls that were sent in all. */
  get sentCount(): number {
    return this.#appendNumber + this.#renewalNumber;
  }

  /** Whether the service has ever said something on this stream. */
  get wasHeard(): boolean {
    return this.#heardAt !== undefined;
  }

  /** Whether something that was sent before that time is unanswered, and nothing was heard since. */
  isSilentSince(time: number): boolean {
    if (this.#heardAt !== undefined && this.#heardAt >= time) return false;
    const [append] = this.#appends.values();
    const [renewal] = this.#renewals.values();
    return Math.min(append?.sentAt ?? Infinity, renewal?.sentAt ?? Infinity) < time;
  }

  isQuietSince(time: number): boolean {
    return this.unansweredCount === 0 && this.#activeAt < time;
  }

  /**
   * Whether the call may be sent now. One that is larger than the window goes by itself. Sends the message that is being made when
   * the call would make it too large.
   */
  admits(call: StreamCall): boolean {
    if (!this.#isConnected || !this.#fitsWindow(call)) return false;
    if (this.#messageBytes > 0 && this.#messageBytes + call.bytes > messageBytesMax) this.flush();
    return !this.#isChoked;
  }

  /** Sends a call that was admitted, with the next `flush` at the latest. */
  add(call: StreamCall, now: number): void {
    call.sentAt = now;
    this.#activeAt = now;
    this.#unansweredBytes += call.bytes;
    this.#messageBytes += call.bytes;
    this.#message.push(call);
    if (call.kind === 'append') {
      this.#appends.set(this.#appendNumber, call);
      this.#appendNumber += 1;
    } else {
      this.#renewals.set(this.#renewalNumber, call);
      this.#renewalNumber += 1;
    }
  }

  flush(): void {
    if (this.#message.length === 0) return;
    const appends: Buffer[] = [];
    const renewals: RenewalCall['params'][] = [];
    for (const call of this.#message) {
      if (call.kind === 'append') appends.push(call.encoded);
      else renewals.push(call.params);
    }
    const message = appendStreamRequestToWire(appends, renewals);
    for (const call of this.#message) call.sentBytes = message.byteLength;
    this.#message = [];
    this.#messageBytes = 0;
    if (!this.#call.write(message)) this.#isChoked = true;
  }

  /** The append that an answer is for; `undefined` when it was answered before. */
  answeredAppend(number: number): AppendCall | undefined {
    return this.#answered(this.#appends, number);
  }

  answeredRenewal(number: number): RenewalCall | undefined {
    return this.#answered(this.#renewals, number);
  }

  /** What was sent and not answered, in the order in which it was sent. */
  unanswered(): StreamCall[] {
    return [...this.#appends.values(), ...this.#renewals.values()];
  }

  /** Breaks the stream off. */
  cancel(): void {
    this.#isOver = true;
    this.#call.cancel();
  }

  /** Sends no more, and resolves when the service has ended the stream, or was given the time to. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#call.end();
    const impatience = setTimeout(() => this.#call.cancel(), farewellMs);
    await this.#ended.promise;
    clearTimeout(impatience);
  }

  #fitsWindow(call: StreamCall): boolean {
    const [calls, bytes] = [this.unansweredCount, this.#unansweredBytes];
    // Once it is full, it opens when half of it is answered: else each small answer would call for a message as small, for ever.
    if (this.#isFull && (calls > windowCalls / 2 || bytes > windowBytes / 2)) return false;
    this.#isFull = calls >= windowCalls || (bytes > 0 && bytes + call.bytes > windowBytes);
    return !this.#isFull;
  }

  #onMessage(message: StreamAnswer): void {
    if (this.#isOver) return;
    this.#heardAt = performance.now();
    this.#activeAt = this.#heardAt;
    this.#listener.onAnswer(this, message);
  }

  #answered<C extends StreamCall>(calls: Map<number, C>, number: number): C | undefined {
    const call = calls.get(number);
    if (call === undefined) return undefined;
    calls.delete(number);
    this.#unansweredBytes -= call.bytes;
    return call;
  }
}
