import { type StartedProcess, waitFor } from '@threadstore/testkit';
import type { CodexHome } from './codex-home.ts';

/** A failed call, as the server told of it. */
interface CallError {
  readonly code: number;
  readonly message: string;
}

export type CallOutcome = { readonly result: unknown } | { readonly error: CallError };

export interface Notification {
  readonly method: string;
  readonly params: Record<string, unknown>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  readonly error?: CallError;
}

/** `codex app-server`, talked to in JSON-RPC over its standard input and output. */
export class AppServer implements AsyncDisposable {
  readonly #process: StartedProcess;
  readonly #answers = new Map<number, (outcome: CallOutcome) => void>();
  readonly #notifications: Notification[] = [];
  #calls = 0;

  private constructor(process: StartedProcess) {
    this.#process = process;
  }

  static async start(home: CodexHome): Promise<AppServer> {
    const early: Message[] = [];
    let take = (message: Message): void => void early.push(message);
    const started = await home.start(['app-server'], (line) => take(JSON.parse(line) as Message));
    const server = new AppServer(started);
    take = (message) => server.#take(message);
    for (const message of early) take(message);
    const outcome = await server.call('initialize', {
      clientInfo: { name: 'threadstore-interop', title: null, version: '0' },
      capabilities: { experimentalApi: true },
    });
    if ('error' in outcome) throw new Error(`app-server: initialize: ${outcome.error.message}`);
    server.#say({ method: 'initialized' });
    return server;
  }

  /** What the server has told without being asked, so far. */
  get notifications(): readonly Notification[] {
    return this.#notifications;
  }

  /** Rejects if the server ends without having answered. */
  async call(method: string, params: object): Promise<CallOutcome> {
    this.#calls += 1;
    const id = this.#calls;
    const answered = new Promise<CallOutcome>((resolve) => this.#answers.set(id, resolve));
    this.#say({ id, method, params });
    const outcome = await Promise.race([answered, this.#process.ended.then(() => undefined)]);
    if (outcome === undefined) throw new Error(`app-server: ended amid ${method}:\n${this.#process.stderr()}`);
    return outcome;
  }

  /** Resolves with what `find` makes of the first notification it takes, among those that have come and those to come. */
  async told<T>(what: string, find: (notification: Notification) => T | undefined): Promise<T> {
    const found = (): T | undefined => {
      for (const notification of this.#notifications) {
        const made = find(notification);
        if (made !== undefined) return made;
      }
      return undefined;
    };
    return waitFor(found, { what: `app-server: ${what}`, timeoutMs: 20_000 });
  }

  /** Closes the connection and resolves when the server has ended and all that it said is here. */
  async stop(): Promise<void> {
    this.#process.endInput();
    const { code, signal } = await this.#process.ended;
    if (code !== 0) throw new Error(`app-server: ended by ${signal ?? code}:\n${this.#process.stderr()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#process.ended;
  }

  #say(message: object): void {
    this.#process.write(`${JSON.stringify(message)}\n`);
  }

  #take({ id, method, params = {}, result, error }: Message): void {
    if (method !== undefined && id === undefined) this.#notifications.push({ method, params });
    else if (method === undefined && id !== undefined)
      this.#answers.get(id)?.(error === undefined ? { result } : { error });
    // With both it is a request of the server: nothing in the script makes it ask.
  }
}
