import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { treeCpuMs } from '../measuring/cpu.ts';
import type { Timing } from '../measuring/timing.ts';
import type { LoadTarget } from './load.ts';
import type { LoadName } from './loads.ts';

const main = fileURLToPath(new URL('./main.js', import.meta.url));

/** What the process says: that it is ready, what a round came to, or why it can't go on. */
export type LoadAnswer = { readonly ready: true } | { readonly timing: Timing } | { readonly failure: string };

/** A load in a process of its own. */
export class LoadProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: LoadName;

  private constructor(name: LoadName, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
  }

  /** Resolves when the load is ready for its first round. */
  static async start(name: LoadName, target: LoadTarget): Promise<LoadProcess> {
    const child = fork(main, [name, JSON.stringify(target)], {
      // Nobody is told that a rival was used.
      env: { ...process.env, DO_NOT_TRACK: '1', MASTRA_TELEMETRY_DISABLED: '1' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const load = new LoadProcess(name, child);
    try {
      await load.#answer();
      return load;
    } catch (error) {
      await load[Symbol.asyncDispose]();
      throw error;
    }
  }

  async round(seconds: number): Promise<Timing> {
    this.#child.send(seconds);
    const answer = await this.#answer();
    if (!('timing' in answer)) throw new Error(`${this.#name}: answered without a timing`);
    return answer.timing;
  }

  /** CPU time of the process, in milliseconds; null where that can't be told. */
  cpuMs(): number | null {
    return treeCpuMs(this.#child.pid ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async #answer(): Promise<LoadAnswer> {
    const over = new AbortController();
    try {
      const { signal } = over;
      const answer = await Promise.race([
        once(this.#child, 'message', { signal }).then(([message]) => message as LoadAnswer),
        once(this.#child, 'exit', { signal }).then(([code]): LoadAnswer => ({ failure: `ended (exit code ${code})` })),
      ]);
      if ('failure' in answer) throw new Error(`${this.#name}: ${answer.failure}`);
      return answer;
    } finally {
      over.abort();
    }
  }
}
