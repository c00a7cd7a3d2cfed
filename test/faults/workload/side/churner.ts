import { randomUUID } from 'node:crypto';
import type { Traits } from '../../history/operations.ts';
import { pick, type Random } from '../../random.ts';
import { makeBatch } from '../make-batch.ts';
import type { RecordedCalls } from '../recorded-calls.ts';
import type { RecordingClient } from '../recording-client.ts';
import type { RecordingManager } from '../recording-manager.ts';
import type { RecordingReader } from '../recording-reader.ts';
import type { Actor } from './actor.ts';
import { cwds, providers } from './traits.ts';

const aliveMax = 25;
const deadMax = 20;
const batchItemsMax = 4;
const attempts = 5;

export interface ChurnerTools {
  readonly calls: RecordedCalls;
  readonly writer: RecordingClient;
  readonly reader: RecordingReader;
  readonly manager: RecordingManager;
  /** That others write to meanwhile: forks are made of them. */
  readonly writtenThreads: readonly string[];
  /** Told of each thread that is known to be there. */
  readonly made: (thread: string) => void;
}

interface Made {
  readonly thread: string;
  readonly epoch: number;
  nextSequence: number;
  archived: boolean;
}

/** Makes threads and forks, archives, touches and deletes them, and looks at what it deleted. */
export class Churner implements Actor {
  readonly pauseMsMax = 150;
  readonly #tools: ChurnerTools;
  readonly #random: Random;
  readonly #alive: Made[] = [];
  readonly #dead: Made[] = [];

  constructor(tools: ChurnerTools, random: Random) {
    this.#tools = tools;
    this.#random = random;
  }

  async step(): Promise<void> {
    const what = this.#random.next();
    const made = this.#alive.length === 0 ? undefined : pick(this.#alive, this.#random.next());
    if (made === undefined || (what < 0.3 && this.#alive.length < aliveMax))
      await (this.#random.chance(0.5) ? this.#create() : this.#fork(made));
    else if (what < 0.5) await this.#append(made);
    else if (what < 0.6) await this.#move(made);
    else if (what < 0.7) await this.#settle(made, this.#tools.manager.touch(made.thread));
    else if (what < 0.75) await this.#tools.reader.readAll(made.thread);
    else if (what < 0.85) await this.#lookAtDead();
    else await this.#delete(made);
  }

  async #create(): Promise<void> {
    const thread = randomUUID();
    const end = await this.#tools.writer.create(thread, this.#traits());
    if (!('answer' in end)) return;
    const made = { thread, epoch: end.answer.epoch, nextSequence: 0, archived: false };
    if (await this.#append(made)) this.#keep(made);
  }

  /** Of a thread that somebody writes to, or of one of its own, up to some item or whole. */
  async #fork(own: Made | undefined): Promise<void> {
    const { writer, writtenThreads } = this.#tools;
    const isOwn = own !== undefined && !own.archived && this.#random.chance(0.3);
    const source = isOwn ? own.thread : pick(writtenThreads, this.#random.next());
    // Whole histories of what others write are long.
    const whole = this.#random.chance(isOwn ? 0.7 : 0.1);
    const before = whole ? null : this.#random.integer(0, isOwn ? 10 : 150);
    const thread = randomUUID();
    const end = await writer.fork(thread, this.#traits(), source, before);
    if ('answer' in end) this.#keep({ thread, epoch: end.answer.epoch, nextSequence: 0, archived: false });
  }

  #keep(made: Made): void {
    this.#alive.push(made);
    this.#tools.made(made.thread);
  }

  /** Resolves with whether it is known to be stored. If not, the thread is not written to any more. */
  async #append(made: Made): Promise<boolean> {
    const { writer, calls } = this.#tools;
    const sender = { epoch: made.epoch, sequence: made.nextSequence };
    const length = this.#random.integer(1, batchItemsMax);
    const batch = makeBatch({ op: calls.nextName(), thread: made.thread, sender }, length, this.#random);
    made.nextSequence += 1;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if ('answer' in (await writer.append(batch))) return true;
    }
    this.#drop(made);
    return false;
  }

  /** Into the archive, or out of it. */
  async #move(made: Made): Promise<void> {
    const { manager } = this.#tools;
    const { thread, epoch, archived } = made;
    await this.#settle(made, archived ? manager.unarchive(thread, epoch) : manager.archive(thread, epoch));
    made.archived = !archived;
  }

  /** A thread of which it is not known how it is now is left as it is. */
  async #settle(
    made: Made,
    change: Promise<{ readonly answer: unknown } | { readonly reason: string }>,
  ): Promise<void> {
    if (!('answer' in (await change))) this.#drop(made);
  }

  /** Often while somebody appends, and its writer, too. */
  async #delete(made: Made): Promise<void> {
    this.#drop(made);
    const late = this.#random.chance(0.5) ? [this.#append(made), this.#appendExternally(made)] : [];
    const deleted = this.#deleteSurely(made.thread);
    await Promise.all([...late, deleted]);
    if (await deleted) this.#dead.push(made);
    if (this.#dead.length > deadMax) this.#dead.shift();
  }

  async #deleteSurely(thread: string): Promise<boolean> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if ('answer' in (await this.#tools.manager.delete(thread))) return true;
    }
    return false;
  }

  async #appendExternally({ thread }: Made): Promise<void> {
    const op = this.#tools.calls.nextName();
    await this.#tools.writer.append(makeBatch({ op, thread, sender: { operationId: op } }, 1, this.#random));
  }

  /** All of it is to be refused. */
  async #lookAtDead(): Promise<void> {
    if (this.#dead.length === 0) return;
    const dead = pick(this.#dead, this.#random.next());
    const { reader, writer, manager } = this.#tools;
    const looks = [
      () => reader.readAll(dead.thread),
      () => reader.readMetadata(dead.thread),
      () => writer.resume(dead.thread),
      () => writer.fork(randomUUID(), this.#traits(), dead.thread, null),
      () => manager.touch(dead.thread),
      () => this.#appendExternally(dead),
    ];
    await pick(looks, this.#random.next())();
  }

  #drop(made: Made): void {
    const index = this.#alive.indexOf(made);
    if (index >= 0) this.#alive.splice(index, 1);
  }

  #traits(): Traits {
    return { cwd: pick(cwds, this.#random.next()), provider: pick(providers, this.#random.next()) };
  }
}
