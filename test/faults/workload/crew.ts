import { randomUUID } from 'node:crypto';
import { historyFile } from '../history/files.ts';
import type { Tenant } from '../history/tenants.ts';
import { pick, type Random } from '../random.ts';
import { sumOfTallies, type Tally } from './messages.ts';
import { SideProcess } from './side/side-process.ts';
import { WriterProcess } from './writer-process.ts';

/** Store objects in each process. */
const clientsEach = 2;

/** What is written to. */
export interface Served {
  /** Of all replicas. */
  readonly endpoints: readonly string[];
  readonly tokens: Readonly<Record<Tenant, string>>;
}

interface Client {
  readonly name: string;
  readonly process: WriterProcess;
}

interface Held {
  readonly epoch: number;
  readonly client: string;
}

/** All that write, and who of them writes to what; and a process that does everything else. */
export class Crew implements AsyncDisposable {
  /** Those that are written to. */
  readonly threads: readonly string[];
  /** Those that the side load made, once all have stopped; some of them are archived or deleted. */
  sideThreads: readonly string[] = [];
  readonly processes: WriterProcess[] = [];
  /** Grants that were acknowledged, each of which took a thread from a writer. */
  takeovers = 0;
  readonly #held = new Map<string, Held>();
  #side: SideProcess | undefined;
  #intruder: SideProcess | undefined;
  #disposed = false;

  constructor(threads: number) {
    this.threads = Array.from({ length: threads }, () => randomUUID());
  }

  /** Starts the processes, and lets them create the threads and write to them. */
  async start(processes: number, { endpoints, tokens }: Served, folder: string, random: Random): Promise<void> {
    for (let number = 1; number <= processes; number += 1) {
      const clients = Array.from({ length: clientsEach }, (_one, index) => `w${number}${'abcdef'[index] ?? index}`);
      const setup = {
        clients,
        endpoints,
        token: tokens.owner,
        history: historyFile(folder, `w${number}`),
        seed: random.integer(0, 2 ** 31),
      };
      this.processes.push(await WriterProcess.start(setup, (...grant) => this.#granted(...grant)));
      // The run was broken off meanwhile.
      if (this.#disposed) return this[Symbol.asyncDispose]();
    }
    const clients = this.#clients();
    // One after the other: a service that was started just now on a busy machine would be late for some of many.
    for (const [index, thread] of this.threads.entries()) {
      const { name, process } = pick(clients, (index % clients.length) / clients.length);
      if (await process.take('create', name, thread)) continue;
      // Its answer may have been late.
      if (!(await process.take('resume', name, thread))) throw new Error(`thread ${thread} could not be created`);
    }
    const side = (name: string, token: string) => ({
      endpoints,
      token,
      writtenThreads: this.threads,
      history: historyFile(folder, name),
      seed: random.integer(0, 2 ** 31),
    });
    this.#side = await SideProcess.start('load', side('side', tokens.owner));
    if (this.#disposed) return this[Symbol.asyncDispose]();
    this.#intruder = await SideProcess.start('intruder', side('intruder', tokens.intruder));
    if (this.#disposed) return this[Symbol.asyncDispose]();
  }

  get tally(): Tally {
    return sumOfTallies(this.processes.map(({ tally }) => tally));
  }

  /** The threads whose writer is in the process. */
  heldBy({ clients }: WriterProcess): readonly string[] {
    return this.threads.filter((thread) => clients.includes(this.#held.get(thread)?.client ?? ''));
  }

  /**
   * Lets a client take a thread from another one, which goes on writing: one that `takerAt` picks from those outside of the process
   * `but`. Resolves with whether it got it.
   */
  async takeOver(thread: string, takerAt: number, but?: WriterProcess): Promise<boolean> {
    const holder = this.#held.get(thread)?.client;
    const others = this.#clients().filter(({ name, process }) => name !== holder && process !== but);
    const { name, process } = pick(others, takerAt);
    return process.take('resume', name, thread);
  }

  async stop(): Promise<void> {
    const [made] = await Promise.all([this.#side?.stop(), this.#intruder?.stop()]);
    this.sideThreads = made ?? [];
    await Promise.all(this.processes.map((process) => process.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.#side?.[Symbol.asyncDispose]();
    await this.#intruder?.[Symbol.asyncDispose]();
    await Promise.all(this.processes.map((process) => process[Symbol.asyncDispose]()));
  }

  #clients(): readonly Client[] {
    return this.processes.flatMap((process) => process.clients.map((name) => ({ name, process })));
  }

  #granted(client: string, thread: string, epoch: number): void {
    const held = this.#held.get(thread);
    if (held !== undefined) this.takeovers += 1;
    // The answers of two processes may cross.
    if (held === undefined || epoch > held.epoch) this.#held.set(thread, { client, epoch });
  }
}
