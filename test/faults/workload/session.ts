import { setTimeout as sleep } from 'node:timers/promises';
import type { Appended } from '../history/operations.ts';
import type { Random } from '../random.ts';
import { makeBatch } from './make-batch.ts';
import type { End } from './recorded-calls.ts';
import type { Batch, RecordingClient, Sender } from './recording-client.ts';

/** Batches that are under way at once, at most. */
const pipelineMax = 6;
const batchItemsMax = 5;
/** Between two rounds of appends, so that a run's history fits into memory. A few writers hardly pause: a kill finds some amid a call. */
const pauseMsMax = { few: 10, most: 100 } as const;
const fewChance = 0.3;
/** How often a writer that was told that it is fenced goes on all the same. */
const staleRounds = 3;
const externalChance = 0.05;
const externalAttempts = 5;
/** How often what was acknowledged is followed by other items under its name. */
const forgeryChance = 0.03;
/** How long a writer that is to stop goes on to find out what became of its last batches. */
const settleMs = 15_000;

/** The writer of a thread under one grant. It does not stop for a fault: what was not acknowledged is sent again, in its order. */
export class Session {
  readonly #client: RecordingClient;
  readonly #thread: string;
  readonly #epoch: number;
  readonly #random: Random;
  readonly #pauseMsMax: number;
  #batches = 0;
  #stopBy = Infinity;

  constructor(client: RecordingClient, thread: string, epoch: number, random: Random) {
    this.#client = client;
    this.#thread = thread;
    this.#epoch = epoch;
    this.#random = random;
    this.#pauseMsMax = random.chance(fewChance) ? pauseMsMax.few : pauseMsMax.most;
  }

  /** New batches are made no more. */
  stop(): void {
    this.#stopBy = performance.now() + settleMs;
  }

  /** Resolves when the writer has been fenced, and refused a few times more, or has been stopped. */
  async run(): Promise<void> {
    let unsettled: readonly Batch[] = [];
    let fenced = 0;
    while (fenced < staleRounds && !this.#isOver(unsettled)) {
      const round = this.#round(unsettled);
      const ends = await Promise.all(round.map((batch) => this.#client.append(batch)));
      const open = round.filter((_batch, index) => !isAnswered(ends[index]));
      unsettled = [...open, ...unsettled.slice(round.length)];
      if (ends.some((end) => end !== undefined && 'reason' in end && end.reason === 'FENCED')) {
        fenced += 1;
        unsettled = [];
      }
      const stored = round.find((_batch, index) => isAnswered(ends[index]));
      if (stored !== undefined) await this.#forge(stored);
      if (this.#random.chance(externalChance)) await this.#appendExternally();
      await sleep(this.#random.between(0, this.#pauseMsMax));
    }
  }

  get #isStopping(): boolean {
    return this.#stopBy !== Infinity;
  }

  #isOver(unsettled: readonly Batch[]): boolean {
    return this.#isStopping && (unsettled.length === 0 || performance.now() > this.#stopBy);
  }

  /** What is sent next: first what was not settled, in its order. */
  #round(unsettled: readonly Batch[]): readonly Batch[] {
    const size = this.#random.integer(1, pipelineMax);
    const round = unsettled.slice(0, size);
    while (!this.#isStopping && round.length < size) round.push(this.#nextBatch());
    return round;
  }

  #nextBatch(): Batch {
    const sequence = this.#batches;
    this.#batches += 1;
    return this.#batch({ epoch: this.#epoch, sequence });
  }

  #batch(sender: Sender | null): Batch {
    const op = this.#client.calls.nextName();
    const length = this.#random.chance(0.5) ? 1 : this.#random.integer(2, batchItemsMax);
    return makeBatch({ op, thread: this.#thread, sender: sender ?? { operationId: op } }, length, this.#random);
  }

  /** Now and then, other items under the identity of a batch that is stored. They are never to be. */
  async #forge({ sender }: Batch): Promise<void> {
    if (!this.#isStopping && this.#random.chance(forgeryChance)) await this.#client.append(this.#batch(sender));
  }

  /** A note of somebody else, under the same promise: stored once, however often it is sent. */
  async #appendExternally(): Promise<void> {
    if (this.#isStopping) return;
    const batch = this.#batch(null);
    for (let attempt = 0; attempt < externalAttempts; attempt += 1) {
      if (isAnswered(await this.#client.append(batch))) return this.#forge(batch);
    }
  }
}

function isAnswered(end: End<Appended> | undefined): boolean {
  return end !== undefined && 'answer' in end;
}
