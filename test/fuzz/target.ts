import { readFileSync } from 'node:fs';
import { RemoteThreadStore } from '@threadstore/client';
import { newThreadId } from '@threadstore/core';
import { connectPostgres, migrate } from '@threadstore/postgres';
import { serveThreadstore, startNativePostgres, type ServingProcess } from '@threadstore/testkit';
import { canary } from './corpus.ts';

const MiB = 1024 * 1024;
const sentinel = '{"type":"sentinel"}';
/** Calls that nobody ends would use up what one tenant may have, and all others be refused before they are read. */
const manyCalls = [
  '--calls-max',
  '--tenant-calls-max',
  '--read-streams-max',
  '--tenant-read-streams-max',
  '--append-streams-max',
  '--tenant-append-streams-max',
  '--tenant-rate',
]
  .flatMap((flag) => [flag, '100000'])
  // A message counts by what it claims to be.
  .concat('--tenant-bytes-rate', '16384MiB');

/** A `threadstore serve` of its own on a Postgres of its own, and a look at how it fares. */
export class Target implements AsyncDisposable {
  readonly endpoint: string;
  readonly #process: ServingProcess;
  readonly #log: LogWatch;
  readonly #started: AsyncDisposableStack;
  #end: string | undefined;
  /** A thread that no bad call knows. */
  readonly #threadId = newThreadId();

  private constructor(process: ServingProcess, log: LogWatch, started: AsyncDisposableStack) {
    this.#process = process;
    this.#log = log;
    this.#started = started;
    this.endpoint = process.endpoint;
    void process.ended.then(({ code, signal }) => {
      this.#end = `the process ended (${signal ?? `exit code ${code}`})`;
    });
  }

  static async start(): Promise<Target> {
    await using started = new AsyncDisposableStack();
    const postgres = await startNativePostgres();
    started.defer(() => postgres.stop());
    {
      await using database = connectPostgres({ connectionString: postgres.url });
      await migrate(database);
    }
    const log = new LogWatch();
    const onStderr = (text: string): void => log.add(text);
    const serving = started.use(await serveThreadstore(manyCalls, { env: { DATABASE_URL: postgres.url }, onStderr }));
    const target = new Target(serving, log, started.move());
    await target.#store(async (store) => {
      const { epoch } = await store.createThread({ threadId: target.#threadId });
      await store.appendItems({ threadId: target.#threadId, epoch, sequence: 0n, items: [sentinel] });
    });
    return target;
  }

  /** How the process ended, if it has. */
  get end(): string | undefined {
    return this.#end;
  }

  get logLines(): number {
    return this.#log.lines;
  }

  /** The most memory that the process ever had, in MiB; undefined where the system does not tell. */
  get peakMiB(): number | undefined {
    try {
      const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#process.pid}/status`, 'utf8'))?.[1];
      return kib === undefined ? undefined : Math.round((Number(kib) * 1024) / MiB);
    } catch {
      return undefined;
    }
  }

  /** Asks it for what a caller would: an append, and all items of a thread. Tells what is wrong. */
  async checkUp(): Promise<readonly string[]> {
    if (this.#end !== undefined) return [this.#end];
    const wrong = [...this.#log.wrong];
    try {
      await this.#store(async (store) => {
        const { epoch } = await store.resumeThread({ threadId: this.#threadId, takeover: 'steal' });
        await store.appendItems({ threadId: this.#threadId, epoch, sequence: 0n, items: [sentinel] });
        const { items } = await store.loadHistory({ threadId: this.#threadId });
        if (items.some((text) => text !== sentinel)) wrong.push('a thread that nobody touched has other items');
      });
    } catch (error) {
      wrong.push(`a call as it should be fails: ${String(error)}`);
    }
    return wrong;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#started.disposeAsync();
  }

  async #store(use: (store: RemoteThreadStore) => Promise<unknown>): Promise<void> {
    const store = new RemoteThreadStore({ endpoint: this.endpoint });
    try {
      await use(store);
    } finally {
      await store.close();
    }
  }
}

/** Looks for content in the log as it is written. */
class LogWatch {
  lines = 0;
  readonly wrong: string[] = [];
  #rest = '';

  add(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    this.lines += lines.length;
    for (const line of lines) {
      if (this.wrong.length >= 5) return;
      if (line.includes(canary)) this.wrong.push(`the log shows content: ${line.slice(0, 300)}`);
      else if (!line.startsWith('{') || line.includes('"level":"error"'))
        this.wrong.push(`logged: ${line.slice(0, 600)}`);
    }
  }
}
