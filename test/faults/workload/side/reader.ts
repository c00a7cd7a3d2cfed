import { pick, type Random } from '../../random.ts';
import type { RecordingReader } from '../recording-reader.ts';
import type { Actor } from './actor.ts';

const wholeChance = 0.03;
const metadataChance = 0.25;
const rangeMax = 40;

/** Reads what writers write, each time through any of the replicas. */
export class Reader implements Actor {
  readonly pauseMsMax = 120;
  readonly #replicas: readonly RecordingReader[];
  readonly #threads: readonly string[];
  readonly #random: Random;
  readonly #lengths = new Map<string, number>();

  constructor(replicas: readonly RecordingReader[], threads: readonly string[], random: Random) {
    this.#replicas = replicas;
    this.#threads = threads;
    this.#random = random;
  }

  async step(): Promise<void> {
    const replica = pick(this.#replicas, this.#random.next());
    const thread = pick(this.#threads, this.#random.next());
    const length = this.#lengths.get(thread);
    if (this.#random.chance(wholeChance)) await replica.readAll(thread);
    else if (length === undefined || this.#random.chance(metadataChance)) {
      const end = await replica.readMetadata(thread);
      if ('answer' in end) this.#lengths.set(thread, end.answer.nextOrdinal);
    } else {
      const from = this.#from(length);
      await replica.readRange(thread, from, from + this.#random.integer(1, rangeMax));
    }
  }

  /** Mostly near the end, where something is being written; sometimes past it. */
  #from(length: number): number {
    const least = this.#random.chance(0.6) ? Math.max(0, length - rangeMax) : 0;
    return this.#random.integer(least, length);
  }
}
