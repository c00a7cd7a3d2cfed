import type { InvokeLine } from './lines.ts';

/** One copy of each text: in a long history every hash and every name is there many times. */
export class Texts {
  readonly #known = new Map<string, string>();

  one(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, text);
    return text;
  }

  /** The same line, with its texts shared. */
  shared(line: InvokeLine): InvokeLine {
    const common = { ...line, client: this.one(line.client) };
    if (common.f !== 'append') return common;
    const { op, thread, hashes } = common;
    return { ...common, op: this.one(op), thread: this.one(thread), hashes: hashes.map((hash) => this.one(hash)) };
  }
}
