import { createReadStream } from 'node:fs';
import { LineFault } from './line-fault.ts';

const LINE_FEED = 0x0a;

export interface RolloutLine {
  /** Counts from 1. */
  readonly number: number;
  /** The line without its line feed, exactly. */
  readonly text: string;
  /** Bytes that it takes in the file, the line feed included. */
  readonly bytes: number;
}

export interface RolloutLinesOptions {
  /** Lines longer than this are a fault; bounds what is held in memory. */
  readonly lineBytesMax: number;
  /** Reads only so much of the file: what another process appends meanwhile is not seen. */
  readonly bytes?: number;
}

/**
 * The lines of a file, those of one chunk at a time, never the whole file in memory. A last line without a line feed counts.
 * Throws a `LineFault` for a line that is too long or not UTF-8.
 */
export async function* rolloutLines(
  path: string,
  options: RolloutLinesOptions,
): AsyncGenerator<readonly RolloutLine[]> {
  if (options.bytes === 0) return;
  const end = options.bytes === undefined ? {} : { end: options.bytes - 1 };
  const splitter = new LineSplitter(options.lineBytesMax);
  for await (const chunk of createReadStream(path, { ...end, highWaterMark: 256 * 1024 })) {
    const lines = splitter.push(chunk as Buffer);
    if (lines.length > 0) yield lines;
  }
  const last = splitter.finish();
  if (last !== null) yield [last];
}

class LineSplitter {
  readonly #lineBytesMax: number;
  // A byte order mark is kept, and then refused as what it is: no JSON.
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #number = 0;
  #begun: Buffer[] = [];
  #begunBytes = 0;

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  push(chunk: Buffer): RolloutLine[] {
    const lines: RolloutLine[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      this.#keep(chunk.subarray(from, at));
      lines.push(this.#take(1));
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  finish(): RolloutLine | null {
    return this.#begunBytes === 0 ? null : this.#take(0);
  }

  #keep(part: Buffer): void {
    this.#begun.push(part);
    this.#begunBytes += part.length;
    if (this.#begunBytes > this.#lineBytesMax) {
      throw new LineFault(this.#number + 1, `too many bytes (more than itemBytesMax ${this.#lineBytesMax})`);
    }
  }

  #take(feedBytes: number): RolloutLine {
    this.#number += 1;
    const bytes = this.#begunBytes + feedBytes;
    const [only] = this.#begun;
    const line = this.#begun.length === 1 && only !== undefined ? only : Buffer.concat(this.#begun);
    this.#begun = [];
    this.#begunBytes = 0;
    try {
      return { number: this.#number, text: this.#decoder.decode(line), bytes };
    } catch {
      throw new LineFault(this.#number, 'not valid UTF-8');
    }
  }
}
