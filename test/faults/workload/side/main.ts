// A process that does, beside the writers, everything else that is done to a store, and records every call. Started by side-process.ts.
import { randomUUID } from 'node:crypto';
import { RemoteThreadStore } from '@threadstore/client';
import { Recorder } from '../../history/recorder.ts';
import { Random } from '../../random.ts';
import { makeBatch } from '../make-batch.ts';
import { RecordedCalls } from '../recorded-calls.ts';
import { RecordingClient } from '../recording-client.ts';
import { RecordingManager } from '../recording-manager.ts';
import { RecordingReader } from '../recording-reader.ts';
import { fail, runChannel } from '../run-channel.ts';
import { act, type Actor } from './actor.ts';
import { Churner } from './churner.ts';
import type { FromSide, SideSetup, ToSide } from './messages.ts';
import { Patcher } from './patcher.ts';
import { Reader } from './reader.ts';
import { cwds, providers } from './traits.ts';
import { Walker } from './walker.ts';

const deadlineMs = 10_000;
const counts = { readers: 2, patchers: 4, walkers: 2, churners: 2 } as const;
const patchedThreads = 2;

class SideLoad {
  readonly #setup: SideSetup;
  readonly #random: Random;
  readonly #recorder: Recorder;
  /** One for each replica, and one that finds its way among them. */
  readonly #single: readonly RemoteThreadStore[];
  readonly #any: RemoteThreadStore;
  readonly #stopping = new AbortController();
  readonly #made: string[] = [];
  #running: readonly Promise<void>[] = [];

  constructor(setup: SideSetup) {
    this.#setup = setup;
    this.#random = new Random(setup.seed);
    this.#recorder = new Recorder(setup.history);
    const { endpoints, token } = setup;
    const options = { credentials: { token }, deadlineMs };
    this.#single = endpoints.map((endpoint) => new RemoteThreadStore({ endpoint, ...options }));
    this.#any = new RemoteThreadStore({ endpoint: endpoints, ...options });
  }

  async start(): Promise<void> {
    const patched = await this.#makePatchedThreads();
    const actors = [
      ...this.#each(counts.readers, 'r', (calls, random) => this.#reader(calls, random)),
      ...this.#each(counts.patchers, 'm', (calls, random) => this.#patcher(calls, patched, random)),
      ...this.#each(counts.walkers, 'l', (calls, random) => this.#walker(calls, random)),
      ...this.#each(counts.churners, 'c', (calls, random) => this.#churner(calls, random)),
    ];
    this.#running = actors.map((actor) => act(actor, this.#random.fork(), this.#stopping.signal));
    for (const running of this.#running) running.catch(fail);
  }

  /** Resolves with the threads that were made when all is done and recorded. */
  async stop(): Promise<readonly string[]> {
    this.#stopping.abort();
    await Promise.all(this.#running);
    await Promise.all([...this.#single, this.#any].map((store) => store.close()));
    this.#recorder[Symbol.dispose]();
    return this.#made;
  }

  #each(count: number, letter: string, actor: (calls: RecordedCalls, random: Random) => Actor): readonly Actor[] {
    return Array.from({ length: count }, (_one, index) =>
      actor(new RecordedCalls(`${letter}${index + 1}`, 'owner', deadlineMs, this.#recorder), this.#random.fork()),
    );
  }

  async #makePatchedThreads(): Promise<readonly string[]> {
    const calls = new RecordedCalls('m0', 'owner', deadlineMs, this.#recorder);
    const writer = new RecordingClient(calls, this.#any);
    const threads = Array.from({ length: patchedThreads }, () => randomUUID());
    for (const thread of threads) {
      const granted = await writer.create(thread, { cwd: cwds[0], provider: providers[0] });
      if (!('answer' in granted)) throw new Error(`a thread could not be created: ${granted.reason}`);
      const sender = { epoch: granted.answer.epoch, sequence: 0 };
      const stored = await writer.append(makeBatch({ op: calls.nextName(), thread, sender }, 1, this.#random));
      if (!('answer' in stored)) throw new Error(`a thread could not be written to: ${stored.reason}`);
    }
    this.#made.push(...threads);
    return threads;
  }

  #reader(calls: RecordedCalls, random: Random): Reader {
    const replicas = this.#single.map((store) => new RecordingReader(calls, store));
    return new Reader(replicas, this.#setup.writtenThreads, random);
  }

  #patcher(calls: RecordedCalls, threads: readonly string[], random: Random): Patcher {
    const replicas = this.#single.map((store) => ({
      reader: new RecordingReader(calls, store),
      manager: new RecordingManager(calls, store),
    }));
    return new Patcher(replicas, threads, random);
  }

  #walker(calls: RecordedCalls, random: Random): Walker {
    return new Walker(new RecordingReader(calls, this.#any), this.#setup.writtenThreads, random);
  }

  #churner(calls: RecordedCalls, random: Random): Churner {
    const tools = {
      calls,
      writer: new RecordingClient(calls, this.#any),
      reader: new RecordingReader(calls, this.#any),
      manager: new RecordingManager(calls, this.#any),
      writtenThreads: this.#setup.writtenThreads,
      made: (thread: string) => void this.#made.push(thread),
    };
    return new Churner(tools, random);
  }
}

const { say, hear, hangUp } = runChannel<ToSide, FromSide>();
const load = new SideLoad(JSON.parse(process.argv[2] ?? '') as SideSetup);

hear(() => {
  load.stop().then((threads) => {
    say({ say: 'made', threads });
    hangUp();
  }, fail);
});
load.start().then(() => say({ say: 'ready' }), fail);
