import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@threadstore/testkit';

/** A process that runs a fixture. Killed when it is disposed of. */
export class Child implements AsyncDisposable {
  /** What it has said so far. */
  readonly lines: string[] = [];
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<unknown>;

  constructor(fixture: string, ...args: readonly string[]) {
    const path = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url));
    this.#process = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = once(this.#process, 'close');
    createInterface(this.#process.stdout).on('line', (line) => this.lines.push(line));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Waits until it has said so many lines, and gives the first. */
  async said(count = 1): Promise<string> {
    await waitFor(() => this.lines.length >= count, { timeoutMs: 30_000, what: `${count} lines of the child` });
    return this.lines[0] ?? '';
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends its input and waits for its end. */
  async end(): Promise<void> {
    this.#process.stdin.end();
    await this.#ended;
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
