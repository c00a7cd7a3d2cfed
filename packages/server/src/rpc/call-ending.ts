import type { CallObserver } from './call-observer.ts';
import type { CallRecord } from './call-record.ts';

/** The end of a call: told once, the first time that anybody knows it. */
export class CallEnding {
  readonly #startedAt = performance.now();
  readonly #record: CallRecord;
  readonly #observers: readonly CallObserver[];
  readonly #callbacks = new Set<() => void>();
  isOver = false;

  constructor(record: CallRecord, observers: readonly CallObserver[]) {
    this.#record = record;
    this.#observers = observers;
    for (const observer of observers) observer.begun?.(record);
  }

  /** At once when it is over. What is returned forgets the callback: a stream may have many, one after another. */
  whenOver(callback: () => void): () => void {
    if (this.isOver) callback();
    else this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  is(code: string): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const callback of this.#callbacks) callback();
    this.#callbacks.clear();
    const ms = performance.now() - this.#startedAt;
    for (const observer of this.#observers) observer.ended(this.#record, { code, ms });
  }
}
