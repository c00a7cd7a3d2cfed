import { setTimeout as sleep } from 'node:timers/promises';
import { RemoteThreadStore } from '@threadstore/client';
import { freePort, serveThreadstore, type ServingProcess, waitFor } from '@threadstore/testkit';

const preload = new URL('end-with-parent.ts', import.meta.url).href;
const startAttempts = 5;
const probeMs = 10_000;

/** One of several `threadstore serve` processes on one database: always the same address, and started again after each kill. */
export class Replica implements AsyncDisposable {
  readonly name: string;
  readonly endpoint: string;
  /** How it ended where nobody killed it. */
  readonly crashes: string[] = [];
  readonly #databaseUrl: string;
  #process: ServingProcess | undefined;
  #closing = false;

  private constructor(name: string, port: number, databaseUrl: string) {
    this.name = name;
    this.endpoint = `127.0.0.1:${port}`;
    // So that its connections are known in the database.
    const url = new URL(databaseUrl);
    url.searchParams.set('application_name', name);
    this.#databaseUrl = url.href;
  }

  static async start(name: string, databaseUrl: string): Promise<Replica> {
    const replica = new Replica(name, await freePort(), databaseUrl);
    await replica.start();
    return replica;
  }

  get isServing(): boolean {
    return this.#process !== undefined;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#watch(await this.#serve());
        return;
      } catch (error) {
        // While it was down, a connection of somebody else may have got its port.
        if (attempt === startAttempts || !String(error).includes('in use') || this.#closing) throw error;
        await sleep(500);
      }
    }
  }

  /** Resolves when a new connection gets an answer out of the database. */
  async probe(threadId: string): Promise<void> {
    await waitFor(
      async () => {
        await using store = new RemoteThreadStore({ endpoint: this.endpoint, deadlineMs: probeMs });
        return await store.readThread({ threadId });
      },
      { timeoutMs: probeMs, what: `${this.name} to serve` },
    );
  }

  /** Stops the process until it is killed. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  /** Kills the process. Resolves when it is gone, with whether it was this that ended it. */
  async kill(): Promise<boolean> {
    const killed = this.#process;
    if (killed === undefined) return false;
    this.#process = undefined;
    const sent = killed.kill('SIGKILL');
    const { signal } = await killed.ended;
    return sent && signal === 'SIGKILL';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await this.kill();
  }

  #serve(): Promise<ServingProcess> {
    return serveThreadstore(['--listen', this.endpoint, '--log-level', 'error'], {
      env: {
        DATABASE_URL: this.#databaseUrl,
        NODE_OPTIONS: `--experimental-strip-types --no-warnings --import=${preload}`,
      },
      onMessage: () => undefined,
    });
  }

  #watch(started: ServingProcess): void {
    // A start that was under way when everything ended.
    if (this.#closing) started.kill('SIGKILL');
    this.#process = started;
    void started.ended.then(({ code, signal }) => {
      if (this.#process !== started) return;
      this.#process = undefined;
      if (!this.#closing)
        this.crashes.push(`${this.name}: ${signal ?? `exit code ${code}`}: ${started.stderr().slice(-2_000)}`);
    });
  }
}
