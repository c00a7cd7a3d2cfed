import { setTimeout as delay } from 'node:timers/promises';
import { RemoteThreadStore } from '@threadstore/client';
import { appendFrame, type RawAnswer, RawClient } from '@threadstore/testkit';
import { item } from '../item.ts';
import { remoteStore } from './remote-store.ts';

/** So many may be under way on one connection; what would be more is not sent. */
const callsPerConnection = 100;
/** A service that takes little is not to refuse these. */
const createdAtOnce = 4;
const ok = 0;
const resourceExhausted = 8;

interface Writer {
  readonly threadId: string;
  readonly epoch: number;
  sequence: number;
  readonly connection: number;
}

type Headers = Readonly<Record<string, string>>;

export interface OpenLoopOptions {
  /** Writers at least, a thread each. Default: as many as may have a call under way. */
  readonly writers?: number;
  readonly token?: string;
}

export interface OpenLoopRound {
  readonly seconds: number;
  /** Appends that were due, and those of them that were sent. */
  readonly due: number;
  readonly sent: number;
  /** Milliseconds of each answer. */
  readonly stored: readonly number[];
  readonly refused: readonly number[];
  /** Answers that are neither. */
  readonly others: readonly string[];
}

/** Appends of one item each that are sent when they are due, whatever became of those before: as many clients would that don't know of each other. */
export class OpenLoop implements Disposable {
  readonly #clients: readonly RawClient[];
  readonly #writers: readonly Writer[];
  readonly #free: Writer[];
  readonly #headers: Headers;

  private constructor(clients: readonly RawClient[], writers: readonly Writer[], headers: Headers) {
    this.#headers = headers;
    this.#clients = clients;
    this.#writers = writers;
    this.#free = [...writers];
  }

  static async start(
    endpoint: string,
    connections: number,
    { writers: count = connections * callsPerConnection, token }: OpenLoopOptions = {},
  ): Promise<OpenLoop> {
    // Its end is not that of their leases.
    await using store = remoteStore({ place: endpoint, ...(token !== undefined && { token }) }, { keepLeases: false });
    const writers: Writer[] = [];
    while (writers.length < count) {
      const some = await Promise.all(
        Array.from({ length: createdAtOnce }, () => store.createThread({ threadId: crypto.randomUUID() })),
      );
      for (const { threadId, epoch } of some) {
        writers.push({ threadId, epoch: Number(epoch), sequence: 0, connection: writers.length % connections });
      }
    }
    return new OpenLoop(
      Array.from({ length: connections }, () => new RawClient(endpoint)),
      writers,
      token === undefined ? {} : { authorization: `Bearer ${token}` },
    );
  }

  /** Keeps so many appends under way, which tells what the service is capable of: stored in a second. */
  async closed(underWay: number, seconds: number): Promise<number> {
    const start = performance.now();
    let stored = 0;
    await Promise.all(
      Array.from({ length: underWay }, async () => {
        while (performance.now() - start < seconds * 1_000) {
          await this.#append(false, ({ code }) => {
            if (code === ok) stored += 1;
          });
        }
      }),
    );
    return (stored * 1_000) / (performance.now() - start);
  }

  /** Sends so many a second. Whoever was refused sends again at once, or `waits` as it was told. */
  async open(perSecond: number, seconds: number, { waits }: { readonly waits: boolean }): Promise<OpenLoopRound> {
    const stored: number[] = [];
    const refused: number[] = [];
    const others: string[] = [];
    let [due, sent] = [0, 0];
    const answers: Promise<void>[] = [];
    const tell = ({ code, ms, message }: RawAnswer): void => {
      if (code === ok) stored.push(ms);
      else if (code === resourceExhausted) refused.push(ms);
      else others.push(`${String(code)} ${message}`);
    };
    const start = performance.now();
    for (let now = 0; now < seconds; now = (performance.now() - start) / 1_000) {
      for (; due < now * perSecond; due += 1) {
        if (this.#free.length === 0) continue;
        sent += 1;
        answers.push(this.#append(waits, tell));
      }
      await delay(1);
    }
    const took = (performance.now() - start) / 1_000;
    await Promise.all(answers);
    return { seconds: took, due, sent, stored, refused, others };
  }

  /** How many acknowledged items are not there, by what the service says of each thread. */
  async lost(endpoint: string): Promise<number> {
    await using store = new RemoteThreadStore({ endpoint });
    let lost = 0;
    for (const { threadId, sequence } of this.#writers) {
      if (sequence === 0) continue;
      const { nextOrdinal } = await store.readThread({ threadId });
      lost += Math.max(0, sequence - Number(nextOrdinal));
    }
    return lost;
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.close();
  }

  /** `waits`: whether the writer sends no more before it was told to. */
  async #append(waits: boolean, told: (answer: RawAnswer) => void): Promise<void> {
    const writer = this.#free.shift();
    if (writer === undefined) throw new Error('open loop: no writer is free');
    const client = this.#clients[writer.connection] as RawClient;
    const answer = await client.call('AppendItems', appendFrame({ ...writer, item: itemBytes }), this.#headers);
    if (answer.code === ok) writer.sequence += 1;
    told(answer);
    if (waits && answer.retryAfterMs !== null) await delay(answer.retryAfterMs);
    // The same batch again is safe whatever became of it.
    this.#free.push(writer);
  }
}

const itemBytes = Buffer.from(item);
