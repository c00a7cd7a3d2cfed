import type { ThreadStore, ThreadStoreError } from '@threadstore/core';
import {
  appendItemsFromWire,
  appendStreamAnswersToWire,
  renewLeasesFromWire,
  type AppendAnswer,
  type RenewalAnswer,
  type ThreadStoreHandlers,
} from '@threadstore/protocol';
import type { StreamFlow } from './append-flow.ts';
import type { AppendEnd } from './call-observer.ts';
import type { CallRecord } from './call-record.ts';
import { observedAppend } from './observed-append.ts';
import { isFault, told } from './told.ts';

type WireRequests = Parameters<ThreadStoreHandlers['appendStream']>[0];
type WireRequest = WireRequests extends AsyncIterable<infer T> ? T : never;
type WireAppend = WireRequest['appends'][number];
type WireRenewal = WireRequest['renewals'][number];
type WireAnswers = ReturnType<typeof appendStreamAnswersToWire>;

export interface AppendStreamCall {
  readonly store: ThreadStore;
  readonly flow: StreamFlow;
  readonly record: CallRecord;
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
  /** Told of each failure that nobody expected. */
  readonly onFault: (fault: ThreadStoreError, threadId: string | undefined) => void;
  /** Told of each append when it is answered. */
  readonly onAppended: (append: AppendEnd) => void;
}

/** What a renewal is reckoned at for each of its writers, in bytes. */
const writerBytes = 64;

/**
 * One stream of appends. Each append goes to the store when it is read, and its answer to the caller when the store has given it:
 * those that come in one tick go as one message. The store keeps the order of a thread's appends.
 *
 * Nothing is read while the flow has no room. What is under way goes on to its end even when the caller has gone: it is
 * identified, and may be asked for again on another stream.
 */
export class AppendStream {
  readonly #call: AppendStreamCall;
  #appends: AppendAnswer[] = [];
  #renewals: RenewalAnswer[] = [];
  /** Of what `#appends` and `#renewals` answer. */
  #answeredBytes = 0;
  #underWay = 0;
  #isReading = true;
  #isLeft = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(call: AppendStreamCall) {
    this.#call = call;
  }

  /** Reads no more. The answers end when all that was read is answered. */
  stop(): void {
    this.#isReading = false;
    this.#call.flow.close();
    this.#wakeUp();
  }

  /** The messages to the caller. Throws, after all answers, what the reading of the requests threw. */
  async *answers(requests: WireRequests): AsyncGenerator<WireAnswers> {
    const { signal } = this.#call;
    const onGone = (): void => this.stop();
    signal.addEventListener('abort', onGone, { once: true });
    void this.#readAll(requests);
    try {
      while (!signal.aborted) {
        if (this.#answeredCount > 0) yield* this.#takeAnswers();
        else if (this.#isReading || this.#underWay > 0) await this.#nextAnswer();
        else break;
      }
      if (this.#failure !== undefined) throw this.#failure.error;
    } finally {
      signal.removeEventListener('abort', onGone);
      this.#leave();
    }
  }

  async #readAll(requests: WireRequests): Promise<void> {
    let appendNumber = 0;
    let renewalNumber = 0;
    try {
      for await (const { appends, renewals } of requests) {
        await this.#giveEach(appends, (append) => {
          void this.#append(appendNumber, append);
          appendNumber += 1;
        });
        await this.#giveEach(renewals, (renewal) => {
          void this.#renew(renewalNumber, renewal);
          renewalNumber += 1;
        });
        await this.#call.flow.room();
        if (!this.#isReading) break;
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.stop();
  }

  /**
   * One after another, as there is room: a small message may hold a hundred thousand. What is left at the stop stays unanswered, and
   * whoever sent it sends it again on another stream.
   */
  async #giveEach<T>(all: readonly T[], give: (one: T) => void): Promise<void> {
    const { flow } = this.#call;
    for (const one of all) {
      if (!flow.hasRoom) await flow.room();
      if (!this.#isReading) return;
      give(one);
    }
  }

  async #append(number: number, append: WireAppend): Promise<void> {
    const { store, record, onAppended } = this.#call;
    let itemBytes = 0;
    for (const item of append.items) itemBytes += item.byteLength;
    record.appends = number + 1;
    record.items = (record.items ?? 0) + append.items.length;
    record.bytes = (record.bytes ?? 0) + itemBytes;
    const bytes = itemBytes + (append.metadata === undefined ? 0 : textLength(append.metadata));
    this.#take(bytes);
    let outcome: AppendAnswer['outcome'];
    try {
      outcome = await observedAppend({ items: append.items.length, bytes: itemBytes }, onAppended, () =>
        store.appendItems(appendItemsFromWire(append)),
      );
    } catch (error) {
      outcome = this.#refusal(error, append.threadId);
    }
    if (!this.#isLeft) this.#appends.push({ number, outcome });
    this.#settle(bytes);
  }

  async #renew(number: number, renewal: WireRenewal): Promise<void> {
    const bytes = renewal.writers.length * writerBytes;
    this.#take(bytes);
    let outcome: RenewalAnswer['outcome'];
    try {
      outcome = await this.#call.store.renewLeases(renewLeasesFromWire(renewal));
    } catch (error) {
      outcome = this.#refusal(error, undefined);
    }
    if (!this.#isLeft) this.#renewals.push({ number, outcome });
    this.#settle(bytes);
  }

  #refusal(error: unknown, threadId: string | undefined): ThreadStoreError {
    const { record, onFault } = this.#call;
    record.refused = (record.refused ?? 0) + 1;
    const refusal = told(error, record);
    if (isFault(refusal)) onFault(refusal, threadId);
    return refusal;
  }

  #take(bytes: number): void {
    this.#underWay += 1;
    this.#call.flow.take(bytes, 1);
  }

  /** The answer is there. It counts until it is sent. */
  #settle(bytes: number): void {
    this.#underWay -= 1;
    if (this.#isLeft) {
      this.#call.flow.give(bytes, 1);
      return;
    }
    this.#answeredBytes += bytes;
    this.#wakeUp();
  }

  get #answeredCount(): number {
    return this.#appends.length + this.#renewals.length;
  }

  /** All answers that are there, as one message. */
  *#takeAnswers(): Generator<WireAnswers> {
    const [bytes, count] = [this.#answeredBytes, this.#answeredCount];
    const answers = appendStreamAnswersToWire({ appends: this.#appends, renewals: this.#renewals });
    this.#appends = [];
    this.#renewals = [];
    this.#answeredBytes = 0;
    try {
      yield answers;
    } finally {
      // The transport has it, or the caller has gone.
      this.#call.flow.give(bytes, count);
    }
  }

  /** Nobody asks for answers any more. */
  #leave(): void {
    this.#isLeft = true;
    this.#call.flow.give(this.#answeredBytes, this.#answeredCount);
    this.stop();
  }

  async #nextAnswer(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** At the end of the tick: more answers may come in it. */
  #wakeUp(): void {
    const wake = this.#wake;
    if (wake === undefined) return;
    this.#wake = undefined;
    process.nextTick(wake);
  }
}

/** How long the texts of a message are, and of those within it. */
function textLength(message: object): number {
  let length = 0;
  for (const value of Object.values(message)) {
    if (typeof value === 'string') length += value.length;
    else if (typeof value === 'object' && value !== null) length += textLength(value as object);
  }
  return length;
}
