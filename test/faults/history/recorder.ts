import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { HistoryLine } from './lines.ts';

/** Milliseconds of the machine's monotonic clock. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/**
 * Writes a file of history. A line is with the system before `record` returns, so nothing is lost when its process is killed. What
 * is recorded after its end goes nowhere: the run was broken off.
 */
export class Recorder implements Disposable {
  #file: number | undefined;

  constructor(path: string) {
    this.#file = openSync(path, 'ax');
  }

  record(line: HistoryLine): void {
    if (this.#file !== undefined) writeSync(this.#file, `${oneLine(line)}\n`);
  }

  [Symbol.dispose](): void {
    const file = this.#file;
    if (file === undefined) return;
    // Once closed, its number may become that of another.
    this.#file = undefined;
    fsyncSync(file);
    closeSync(file);
  }
}

/** Those who read files line by line take two more characters for the end of one. */
function oneLine(line: HistoryLine): string {
  return JSON.stringify(line)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`);
}
