import type { StreamCall } from './stream-call.ts';

/**
 * The calls of one thread that are not settled, in the order in which they were made, of which the first ones are sent.
 *
 * | the queue | sends                                                | until                                                       |
 * | --------- | ---------------------------------------------------- | ----------------------------------------------------------- |
 * | flows     | one call after the other, without waiting for answers | one of them has to go again                                 |
 * | is held   | nothing                                              | all that is sent is answered or abandoned, and a pause is over |
 *
 * When it flows again it begins at the first call that is not settled. So what has to go again goes before what is behind it, and
 * a call is never sent while one before it may still come back.
 */
export class CallQueue {
  readonly #onFlowing: (queue: CallQueue) => void;
  #first: StreamCall | undefined;
  #last: StreamCall | undefined;
  /** The first one that is not sent. */
  #next: StreamCall | undefined;
  #inFlight = 0;
  #held = false;
  #pause: NodeJS.Timeout | undefined;

  /** `onFlowing` is told when the queue flows again after a hold. */
  constructor(onFlowing: (queue: CallQueue) => void) {
    this.#onFlowing = onFlowing;
  }

  push(call: StreamCall): void {
    call.state = 'queued';
    call.queue = this;
    if (this.#last === undefined) this.#first = call;
    else this.#last.behind = call;
    this.#last = call;
    this.#next ??= call;
  }

  /** The call to send next, when one may be sent now. */
  peek(): StreamCall | undefined {
    if (this.#held) return undefined;
    while (this.#next?.state === 'settled') this.#next = this.#next.behind;
    return this.#next;
  }

  /** What `peek` gave is sent. */
  take(call: StreamCall): void {
    call.state = 'sent';
    this.#next = call.behind;
    this.#inFlight += 1;
  }

  /** A call that was sent is so no more: it is settled, or has to go again. */
  returned(): void {
    this.#inFlight -= 1;
    this.#flow();
  }

  /** Whether nothing before the call is unsettled. */
  isFirst(call: StreamCall): boolean {
    return this.#trim() === call;
  }

  get isEmpty(): boolean {
    return this.#trim() === undefined;
  }

  get isHeld(): boolean {
    return this.#held;
  }

  /** For when a call has to go again, after so long. To be followed by `returned`. A pause that has begun is not made longer. */
  hold(ms: number): void {
    this.#held = true;
    if (ms === 0 || this.#pause !== undefined) return;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#flow();
    }, ms);
  }

  /** All that was sent has to go again. */
  rewind(): void {
    this.#next = this.#trim();
  }

  /** For a queue that is empty. */
  close(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#held = false;
  }

  #flow(): void {
    if (!this.#held || this.#inFlight > 0 || this.#pause !== undefined) return;
    this.#held = false;
    this.rewind();
    this.#onFlowing(this);
  }

  /** Forgets the settled calls at the front. They must not hold on to those behind them: the garbage collector would keep all. */
  #trim(): StreamCall | undefined {
    while (this.#first?.state === 'settled') {
      const call: StreamCall = this.#first;
      if (this.#next === call) this.#next = call.behind;
      this.#first = call.behind;
      if (this.#first === undefined) this.#last = undefined;
      call.behind = undefined;
    }
    return this.#first;
  }
}
