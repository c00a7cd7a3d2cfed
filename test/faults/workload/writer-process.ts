import { fileURLToPath } from 'node:url';
import { type StartedProcess, startProcess, waitFor } from '@threadstore/testkit';
import { emptyTally, type FromWriter, type Tally, type ToWriter, type WriterSetup } from './messages.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
/** Longer than any deadline of its stores. */
const takeMs = 30_000;
/** A batch that nobody answers is sent several times, and each call may take all of its time. */
const stopMs = 180_000;

export type OnGrant = (client: string, thread: string, epoch: number) => void;

/** A process with store objects of its own, that writes as it is told. */
export class WriterProcess implements AsyncDisposable {
  readonly clients: readonly string[];
  tally: Tally = emptyTally;
  #process: StartedProcess | undefined;
  #ready = false;
  #gone = false;
  #tokens = 0;
  readonly #onGrant: OnGrant;
  readonly #answers = new Map<number, (granted: boolean) => void>();

  private constructor({ clients }: WriterSetup, onGrant: OnGrant) {
    this.clients = clients;
    this.#onGrant = onGrant;
  }

  static async start(setup: WriterSetup, onGrant: OnGrant): Promise<WriterProcess> {
    const writer = new WriterProcess(setup, onGrant);
    // Older lines of Node strip types only when they are asked to.
    const args = ['--experimental-strip-types', '--no-warnings', main, JSON.stringify(setup)];
    writer.#process = await startProcess(process.execPath, args, { onMessage: (message) => writer.#hear(message) });
    void writer.#process.ended.then(() => writer.#forget());
    try {
      await waitFor(() => writer.#ready || writer.#gone, { timeoutMs: 30_000, what: 'a writer process' });
      if (!writer.#ready) throw new Error(`a writer process ended: ${writer.#process.stderr()}`);
    } catch (error) {
      await writer[Symbol.asyncDispose]();
      throw error;
    }
    return writer;
  }

  /** Resolves with whether the client is known to have the thread now, and writes. */
  take(how: 'create' | 'resume', client: string, thread: string): Promise<boolean> {
    const token = (this.#tokens += 1);
    return new Promise((resolve) => {
      // A process that is stopped answers when it goes on.
      const late = setTimeout(() => this.#answer(token, false), takeMs);
      this.#answers.set(token, (granted) => {
        clearTimeout(late);
        resolve(granted);
      });
      this.#tell({ do: how, client, thread, token });
      if (this.#gone) this.#answer(token, false);
    });
  }

  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Brings what is under way to an end. Rejects if the process did not end as it should. */
  async stop(): Promise<void> {
    const started = this.#process;
    if (started === undefined) return;
    this.#tell({ do: 'stop' });
    const late = setTimeout(() => started.kill('SIGKILL'), stopMs);
    const { code, signal } = await started.ended;
    clearTimeout(late);
    if (code !== 0)
      throw new Error(`a writer process ended with ${signal ?? `exit code ${code}`}: ${started.stderr()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Also ends one that is stopped.
    this.#process?.kill('SIGKILL');
    await this.#process?.ended;
  }

  #tell(message: ToWriter): void {
    this.#process?.send(message);
  }

  #hear(message: unknown): void {
    const heard = message as FromWriter;
    switch (heard.say) {
      case 'ready':
        this.#ready = true;
        break;
      case 'taken':
        if (heard.epoch !== null) this.#onGrant(heard.client, heard.thread, heard.epoch);
        this.#answer(heard.token, heard.epoch !== null);
        break;
      case 'tally':
        this.tally = heard.tally;
        break;
    }
  }

  #answer(token: number, granted: boolean): void {
    this.#answers.get(token)?.(granted);
    this.#answers.delete(token);
  }

  #forget(): void {
    this.#gone = true;
    for (const token of this.#answers.keys()) this.#answer(token, false);
  }
}
