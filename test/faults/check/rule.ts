import type { Facts } from '../history/facts.ts';

/** A promise of the store, as a judgement of a recorded run. */
export interface Rule {
  /** Short and never reused, for reports. */
  readonly id: string;
  /** What holds, in one sentence. */
  readonly promise: string;
  /** What in this run is against it, each thing once. */
  violations(facts: Facts): Iterable<Violation>;
}

export interface Violation {
  readonly thread: string;
  /** One line, with the names under which the history has it. */
  readonly what: string;
}
