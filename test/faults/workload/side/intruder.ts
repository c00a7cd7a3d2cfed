import { randomUUID } from 'node:crypto';
import type { ThreadStore } from '@threadstore/core';
import type { Asked, Probed } from '../../history/operations.ts';
import { canaryOf } from '../../history/tenants.ts';
import { pick, type Random } from '../../random.ts';
import { watched } from '../lookout.ts';
import type { End, RecordedCalls } from '../recorded-calls.ts';
import type { Actor } from './actor.ts';
import { answerOf, mark, markedItem, probes } from './probes.ts';

/** Stores of his alone, one for each replica, and how often they have sent something. */
export interface Stores {
  readonly each: readonly ThreadStore[];
  readonly attempts: () => number;
}

/** A thread that he made, and may write to. */
interface Own {
  readonly threadId: string;
  readonly epoch: bigint;
  nextSequence: bigint;
}

const ownMax = 3;
/** Of the threads of others, one in so many has a namesake of his in time. The others he has only heard of. */
const namesakesOneIn = 3;

/** Of another tenant than all others: tries every method on their threads and, in the same way, on none; and has threads of his own. */
export class Intruder implements Actor {
  readonly pauseMsMax = 80;
  readonly #calls: RecordedCalls;
  readonly #stores: Stores;
  readonly #foreign: readonly string[];
  /** Ids of others by which he will make threads of his own. */
  readonly #namesakes: string[];
  readonly #random: Random;
  readonly #own: Own[] = [];

  /** `part` of `parts` intruders, so that no two make a thread of one id. */
  constructor(
    calls: RecordedCalls,
    stores: Stores,
    threads: readonly string[],
    [part, parts]: readonly [number, number],
    random: Random,
  ) {
    this.#calls = calls;
    this.#stores = { ...stores, each: stores.each.map((store) => watched(store, calls.lookout)) };
    this.#foreign = threads.filter((_id, index) => index % namesakesOneIn !== 0);
    this.#namesakes = threads.filter(
      (_id, index) => index % namesakesOneIn === 0 && (index / namesakesOneIn) % parts === part,
    );
    this.#random = random;
  }

  async step(): Promise<void> {
    const what = this.#random.next();
    const store = pick(this.#stores.each, this.#random.next());
    if (what < 0.7 && this.#foreign.length > 0) await this.#probe(store);
    else if (what < 0.75) await this.#makeNamesake(store);
    else if (what < 0.8) await this.#lookAround(store);
    else await this.#live(store);
  }

  /** One method, on what is of somebody and on what is of nobody, in any order. */
  async #probe(store: ThreadStore): Promise<void> {
    const method = pick(Object.keys(probes) as (keyof typeof probes)[], this.#random.next());
    const probe = pick(probes[method], this.#random.next());
    const foreign = pick(this.#foreign, this.#random.next());
    await this.#ask(method, foreign, (id) => probe(store, id, AbortSignal.timeout(this.#calls.deadlineMs)));
  }

  /** An id that another tenant has is free. */
  async #makeNamesake(store: ThreadStore): Promise<void> {
    const foreign = this.#namesakes.pop();
    if (foreign === undefined) return;
    await this.#ask('createThread', foreign, (id) => this.#create(store, id));
    for (const own of this.#own.slice(-2)) await this.#append(store, own);
  }

  async #ask(
    method: string,
    foreign: string,
    work: (id: string) => Promise<unknown> | AsyncIterable<unknown>,
  ): Promise<void> {
    const pair = this.#calls.nextName();
    const two = [
      { method, pair, id: foreign, target: 'foreign' },
      { method, pair, id: randomUUID(), target: 'absent' },
    ] as const;
    for (const asked of this.#random.chance(0.5) ? two : two.toReversed())
      await this.#make(asked, () => work(asked.id));
  }

  /** Lists and searches, in which nothing but his own may show. */
  async #lookAround(store: ThreadStore): Promise<void> {
    const looks = {
      listThreads: () => store.listThreads({ archived: this.#random.chance(0.3) }),
      searchThreads: () => store.searchThreads({ searchTerm: canaryOf('owner') }),
    };
    const method = this.#random.chance(0.6) ? 'listThreads' : 'searchThreads';
    await this.#makeOwn(method, '', looks[method]);
  }

  /** With a thread of his own, maybe one that has the id of another. */
  async #live(store: ThreadStore): Promise<void> {
    const own = this.#own.length < ownMax ? undefined : pick(this.#own, this.#random.next());
    if (own === undefined) {
      const threadId = randomUUID();
      await this.#makeOwn('createThread', threadId, () => this.#create(store, threadId));
      const made = this.#own.at(-1);
      return made === undefined ? undefined : this.#append(store, made);
    }
    if (this.#random.chance(0.3)) return this.#append(store, own);
    const { threadId } = own;
    const chores = {
      loadHistory: () => store.loadHistory({ threadId }, { signal: AbortSignal.timeout(this.#calls.deadlineMs) }),
      readThread: () => store.readThread({ threadId }),
      updateThreadMetadata: () => store.updateThreadMetadata({ threadId, patch: { title: mark } }),
      deleteThread: () => {
        this.#own.splice(this.#own.indexOf(own), 1);
        return store.deleteThread({ threadId });
      },
    };
    const method = pick(Object.keys(chores) as (keyof typeof chores)[], this.#random.next());
    await this.#makeOwn(method, threadId, chores[method]);
  }

  async #create(store: ThreadStore, threadId: string): Promise<unknown> {
    const metadata = { name: mark, preview: mark, firstUserMessage: mark };
    const grant = await store.createThread({ threadId, holder: mark, metadata });
    this.#own.push({ threadId, epoch: grant.epoch, nextSequence: 0n });
    return grant;
  }

  async #append(store: ThreadStore, own: Own): Promise<void> {
    const { threadId, epoch, nextSequence: sequence } = own;
    await this.#makeOwn('appendItems', threadId, async () => {
      await store.appendItems({ threadId, epoch, sequence, items: [markedItem] });
      own.nextSequence = sequence + 1n;
    });
  }

  #makeOwn(method: string, id: string, work: () => Promise<unknown>): Promise<End<Probed>> {
    return this.#make({ method, id, pair: '', target: 'own' }, work);
  }

  #make(
    asked: Omit<Asked['probe'], 'thread'>,
    work: () => Promise<unknown> | AsyncIterable<unknown>,
  ): Promise<End<Probed>> {
    return this.#calls.make('probe', { thread: '', ...asked }, async () => {
      const before = this.#stores.attempts();
      const answer = await answerOf(asked.target === 'own' ? null : asked.id, work);
      return { ...answer, attempts: this.#stores.attempts() - before };
    });
  }
}
