import type { StreamCall } from './stream-call.ts';

/**
 * The calls that are not settled, in the order in which they were made. All have the same time, so that the first one's deadline
 * is the next to pass, and one timer does for all. To add a call and to take it out costs next to nothing.
 */
export class Deadlines {
  readonly #ms: number;
  readonly #onPassed: (call: StreamCall) => void;
  #first: StreamCall | undefined;
  #last: StreamCall | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `onPassed` is to take the call out. */
  constructor(ms: number, onPassed: (call: StreamCall) => void) {
    this.#ms = ms;
    this.#onPassed = onPassed;
  }

  /** The call's time begins. */
  add(call: StreamCall): void {
    call.deadlineAt = performance.now() + this.#ms;
    if (this.#last === undefined) {
      this.#first = call;
      this.#watch(this.#ms);
    } else {
      this.#last.later = call;
      call.earlier = this.#last;
    }
    this.#last = call;
  }

  remove(call: StreamCall): void {
    const { earlier, later } = call;
    if (earlier === undefined) this.#first = later;
    else earlier.later = later;
    if (later === undefined) this.#last = earlier;
    else later.earlier = earlier;
    call.earlier = undefined;
    call.later = undefined;
    // The timer stays: the next call would have to start it again.
    if (this.#first === undefined) this.#timer?.unref();
  }

  *[Symbol.iterator](): Iterator<StreamCall> {
    for (let call = this.#first; call !== undefined;) {
      const { later } = call;
      yield call;
      call = later;
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A timer that runs already fires sooner, and is then set to what is left. */
  #watch(ms: number): void {
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#pass(), Math.ceil(ms));
    else this.#timer.ref();
  }

  #pass(): void {
    this.#timer = undefined;
    const now = performance.now();
    while (this.#first !== undefined && this.#first.deadlineAt <= now) this.#onPassed(this.#first);
    if (this.#first !== undefined) this.#watch(this.#first.deadlineAt - now);
  }
}
