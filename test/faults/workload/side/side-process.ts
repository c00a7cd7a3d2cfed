import { fileURLToPath } from 'node:url';
import { type StartedProcess, startProcess, waitFor } from '@threadstore/testkit';
import type { FromSide, SideSetup, ToSide } from './messages.ts';

/** What such a process may be: all that is done to a store beside writing, or what somebody tries who has no business there. */
const programs = {
  load: new URL('main.ts', import.meta.url),
  intruder: new URL('intruder-main.ts', import.meta.url),
} as const;
/** Its first calls are made when the writers write already. */
const readyMs = 90_000;
const stopMs = 60_000;

/** A process that does its own while others write. */
export class SideProcess implements AsyncDisposable {
  #process: StartedProcess | undefined;
  #ready = false;
  #gone = false;
  #made: readonly string[] = [];
  readonly #name: string;

  private constructor(name: string) {
    this.#name = name;
  }

  static async start(program: keyof typeof programs, setup: SideSetup): Promise<SideProcess> {
    const side = new SideProcess(program);
    const main = fileURLToPath(programs[program]);
    // Older lines of Node strip types only when they are asked to.
    const args = ['--experimental-strip-types', '--no-warnings', main, JSON.stringify(setup)];
    side.#process = await startProcess(process.execPath, args, { onMessage: (message) => side.#hear(message) });
    void side.#process.ended.then(() => (side.#gone = true));
    try {
      await waitFor(() => side.#ready || side.#gone, { timeoutMs: readyMs, what: `the side process ${program}` });
      if (!side.#ready) throw new Error(`the side process ${program} ended: ${side.#process.stderr()}`);
    } catch (error) {
      await side[Symbol.asyncDispose]();
      throw error;
    }
    return side;
  }

  /** Brings what is under way to an end, and resolves with the threads that it made. Rejects if it did not end as it should. */
  async stop(): Promise<readonly string[]> {
    const started = this.#process;
    if (started === undefined) return [];
    const message: ToSide = { do: 'stop' };
    started.send(message);
    const late = setTimeout(() => started.kill('SIGKILL'), stopMs);
    const { code, signal } = await started.ended;
    clearTimeout(late);
    if (code !== 0)
      throw new Error(
        `the side process ${this.#name} ended with ${signal ?? `exit code ${code}`}: ${started.stderr()}`,
      );
    return this.#made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#process?.ended;
  }

  #hear(message: unknown): void {
    const heard = message as FromSide;
    switch (heard.say) {
      case 'ready':
        this.#ready = true;
        break;
      case 'made':
        this.#made = heard.threads;
        break;
    }
  }
}
