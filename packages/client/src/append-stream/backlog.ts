import { CallQueue } from './call-queue.ts';
import type { StreamCall } from './stream-call.ts';
import type { StreamSession } from './stream-session.ts';

/**
 * What is to be sent, and in which order: the calls of each thread in their own, the threads in turn. Knows the calls that are sent,
 * too, until they are settled.
 *
 * When a stream has failed for good, any of the calls that were on it may have made it fail. These suspects then go before all
 * others, each alone on the stream, until they are answered.
 */
export class Backlog {
  readonly #onReady: () => void;
  readonly #queues = new Map<string, CallQueue>();
  /** The queues that have something to send. Each sends one call, then goes behind the others. */
  readonly #ready = new Set<CallQueue>();
  readonly #suspects = new Set<StreamCall>();

  /** `onReady` is told when there is something to send. */
  constructor(onReady: () => void) {
    this.#onReady = onReady;
  }

  get isReady(): boolean {
    return this.#ready.size > 0;
  }

  add(call: StreamCall): void {
    let queue = this.#queues.get(call.key);
    if (queue === undefined) {
      queue = new CallQueue(this.#onFlowing);
      this.#queues.set(call.key, queue);
    }
    queue.push(call);
    if (!queue.isHeld) this.#onFlowing(queue);
  }

  /** Sends what the session takes. */
  sendOn(session: StreamSession): void {
    if (this.#suspects.size === 0 || !this.#sendSuspectOn(session)) this.#sendAllOn(session);
    session.flush();
  }

  /** The call was answered and goes again, with what is behind it, after so long. */
  again(call: StreamCall, ms: number): void {
    this.#suspects.delete(call);
    call.state = 'queued';
    call.queue?.hold(ms);
    call.queue?.returned();
  }

  /** The calls were on a session that is over. They go again before what was not sent yet. */
  takeBack(calls: readonly StreamCall[], areSuspect: boolean): void {
    const behind = [...this.#ready];
    this.#ready.clear();
    for (const call of calls) {
      const { queue } = call;
      if (queue === undefined) continue;
      call.state = 'queued';
      if (!queue.isHeld) {
        if (areSuspect) this.#suspects.add(call);
        this.#ready.add(queue);
      }
      queue.returned();
      queue.rewind();
    }
    for (const queue of behind) this.#ready.add(queue);
    if (this.isReady) this.#onReady();
  }

  /** Forgets a call that is settled. */
  remove(call: StreamCall, wasSent: boolean): void {
    this.#suspects.delete(call);
    const { queue } = call;
    if (queue === undefined) return;
    if (wasSent) queue.returned();
    if (!queue.isEmpty) return;
    queue.close();
    this.#ready.delete(queue);
    this.#queues.delete(call.key);
  }

  readonly #onFlowing = (queue: CallQueue): void => {
    this.#ready.add(queue);
    this.#onReady();
  };

  #sendAllOn(session: StreamSession): void {
    const now = performance.now();
    for (const queue of this.#ready) {
      const call = queue.peek();
      if (call !== undefined && !session.admits(call)) return;
      this.#ready.delete(queue);
      if (call === undefined) continue;
      queue.take(call);
      session.add(call, now);
      if (queue.peek() !== undefined) this.#ready.add(queue);
    }
  }

  /** Sends the next suspect when nothing else is on the stream. False when none is in the way of the others. */
  #sendSuspectOn(session: StreamSession): boolean {
    for (const queue of this.#ready) {
      const call = queue.peek();
      if (call === undefined || !this.#suspects.has(call)) continue;
      if (session.unansweredCount === 0 && session.admits(call)) {
        queue.take(call);
        session.add(call, performance.now());
      }
      return true;
    }
    return session.unanswered().some((call) => this.#suspects.has(call));
  }
}
