import type { Param } from './database.ts';

/** Collects the parameters of a statement whose text depends on what is asked for. */
export class Params {
  readonly values: Param[] = [];

  /** Adds a parameter and gives its place in the text: `$1` for the first. */
  add(value: Param): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}
