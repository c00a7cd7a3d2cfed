import type { Contender } from './contender.ts';

/** The contenders of one workload, and who could not be had. */
export class Field implements AsyncDisposable {
  readonly #contenders: Contender[] = [];
  readonly #notes: string[] = [];

  get contenders(): readonly Contender[] {
    return this.#contenders;
  }

  /** A line for each that was not run. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  /** Rejects if it can't be opened. */
  async add(contender: Promise<Contender>): Promise<void> {
    this.#contenders.push(await contender);
  }

  /** One that others make: the comparison goes on without it where it can't be opened, or says why there is none. */
  async addRival(name: string, open: () => Promise<Contender | string>): Promise<void> {
    try {
      const opened = await open();
      if (typeof opened === 'string') this.#notes.push(`${name}: not run: ${opened}`);
      else this.#contenders.push(opened);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#notes.push(`${name}: not run: ${reason.split('\n')[0]}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#contenders.map((contender) => contender[Symbol.asyncDispose]()));
  }
}
