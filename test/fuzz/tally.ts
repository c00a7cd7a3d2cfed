import type { Verdict } from './verdict.ts';

const examplesMax = 20;

/** What all calls of a run came to. */
export class Tally {
  calls = 0;
  /** Connections that the other side ended, or that were opened to be ended. */
  connections = 0;
  readonly #counts = new Map<string, number>();
  readonly #wrong = new Map<string, { count: number; readonly example: string }>();

  add({ status, reason, wrong }: Verdict, what: string): void {
    this.calls += 1;
    const key = `${status.padEnd(22)} ${reason}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    for (const fault of wrong) this.fault(fault, what);
  }

  /** Something that may not be, with the kind of call that led to it. */
  fault(fault: string, what: string): void {
    const known = this.#wrong.get(fault);
    if (known !== undefined) known.count += 1;
    else if (this.#wrong.size < examplesMax) this.#wrong.set(fault, { count: 1, example: what });
  }

  /** By status and reason, the most frequent first. */
  get counts(): readonly (readonly [name: string, count: number])[] {
    return [...this.#counts].toSorted(([, a], [, b]) => b - a);
  }

  get faults(): readonly string[] {
    return [...this.#wrong].map(([fault, { count, example }]) => `${count} x ${fault} (${example})`);
  }
}
