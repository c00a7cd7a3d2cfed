import { setTimeout as sleep } from 'node:timers/promises';
import { RemoteThreadStore } from '@threadstore/client';
import { type ProcessEnd, serveThreadstore, type ServingProcess, TcpProxy, waitFor } from '@threadstore/testkit';

const preload = new URL('end-with-parent.ts', import.meta.url).href;
/** As long as its database may be away. */
const startMs = 90_000;
const retryMs = 200;
const probeMs = 10_000;
/** Orchestrators kill what has not ended after 30 s. Nothing else is done to the database meanwhile, so calls under way are short. */
const stopMsMax = 15_000;

/** How a replica serves. */
export interface Serving {
  /** The name and password of the role that it is to the database. */
  readonly role: Pick<URL, 'username' | 'password'>;
  readonly tokensFile: string;
  /** Of who looks whether it serves. */
  readonly token: string;
  /** Where its audit log is; null: it keeps none. */
  readonly auditLog: string | null;
}

/** One of several `threadstore serve` processes on one database: always the same address, and started again after each kill. */
export class Replica implements AsyncDisposable {
  readonly name: string;
  /** From clients to the process, whichever it is. */
  readonly link: TcpProxy;
  /** From the process to the database. */
  readonly databaseLink: TcpProxy;
  /** How it ended where nobody ended it, or how long it took to end when it was told to and that was too long. */
  readonly crashes: string[] = [];
  readonly #serving: Serving;
  readonly #processes: ServingProcess[] = [];
  #process: ServingProcess | undefined;
  #closing = false;

  private constructor(name: string, link: TcpProxy, databaseLink: TcpProxy, serving: Serving) {
    this.name = name;
    this.#serving = serving;
    this.link = link;
    this.databaseLink = databaseLink;
  }

  static async start(name: string, databaseLink: TcpProxy, serving: Serving): Promise<Replica> {
    // It leads to the process once there is one.
    const replica = new Replica(name, await TcpProxy.to(databaseLink.url), databaseLink, serving);
    try {
      await replica.start();
      return replica;
    } catch (error) {
      await replica[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where clients reach it. */
  get endpoint(): string {
    return this.link.endpoint;
  }

  get isServing(): boolean {
    return this.#process !== undefined;
  }

  /** What all its processes have said. */
  get log(): string {
    return this.#processes.map((started) => started.stderr()).join('');
  }

  get auditLog(): string | null {
    return this.#serving.auditLog;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts the process, as a supervisor does: again and again while its database is away. */
  async start(): Promise<void> {
    const patience = performance.now() + startMs;
    for (;;) {
      try {
        this.#watch(await this.#serve());
        return;
      } catch (error) {
        if (this.#closing || performance.now() > patience) throw error;
        await sleep(retryMs);
      }
    }
  }

  /** Resolves when a new connection gets an answer out of the database. */
  async probe(threadId: string): Promise<void> {
    await waitFor(
      async () => {
        await using store = new RemoteThreadStore({
          endpoint: this.#process?.endpoint ?? this.endpoint,
          credentials: { token: this.#serving.token },
          deadlineMs: probeMs,
        });
        return await store.readThread({ threadId });
      },
      { timeoutMs: probeMs, what: `${this.name} to serve` },
    );
  }

  /** Stops the process until it is killed or goes on. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
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

  /** Ends the process by SIGTERM, and resolves with how it ended; undefined where there was none. */
  async stop(): Promise<ProcessEnd | undefined> {
    const stopped = this.#process;
    this.#process = undefined;
    const begun = performance.now();
    const end = await stopped?.stop({ timeoutMs: 60_000 });
    const tookMs = Math.round(performance.now() - begun);
    if (tookMs > stopMsMax) this.crashes.push(`${this.name}: took ${tookMs} ms to end, limit ${stopMsMax} ms`);
    return end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await this.kill();
    await this.link[Symbol.asyncDispose]();
  }

  #serve(): Promise<ServingProcess> {
    // So that its connections are known in the database.
    const url = new URL(this.databaseLink.url);
    url.searchParams.set('application_name', this.name);
    const { role, tokensFile, auditLog } = this.#serving;
    url.username = role.username;
    url.password = role.password;
    const audited = auditLog === null ? [] : ['--audit-log', auditLog];
    return serveThreadstore(['--log-level', 'warn', '--tokens-file', tokensFile, ...audited], {
      env: {
        DATABASE_URL: url.href,
        NODE_OPTIONS: `--experimental-strip-types --no-warnings --import=${preload}`,
      },
      onMessage: () => undefined,
    });
  }

  #watch(started: ServingProcess): void {
    // A start that was under way when everything ended.
    if (this.#closing) started.kill('SIGKILL');
    this.link.retarget(`http://${started.endpoint}`);
    this.#process = started;
    this.#processes.push(started);
    void started.ended.then(({ code, signal }) => {
      if (this.#process !== started) return;
      this.#process = undefined;
      if (!this.#closing)
        this.crashes.push(`${this.name}: ${signal ?? `exit code ${code}`}: ${started.stderr().slice(-2_000)}`);
    });
  }
}
