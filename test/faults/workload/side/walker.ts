import { sortKeys, type WalkQuery } from '../../history/operations.ts';
import { pick, type Random } from '../../random.ts';
import type { RecordingReader } from '../recording-reader.ts';
import type { Actor } from './actor.ts';
import { cwds, providers } from './traits.ts';

const pageSizes = [1, 2, 7, 100] as const;
const pagesMax = 60;
/** Nothing has it. */
const elsewhere = '/elsewhere';

/** Walks along lists while what they show is made, changed and deleted. What it asks for has nothing to do with what there is. */
export class Walker implements Actor {
  readonly pauseMsMax = 600;
  readonly #reader: RecordingReader;
  readonly #sources: readonly string[];
  readonly #random: Random;

  constructor(reader: RecordingReader, sources: readonly string[], random: Random) {
    this.#reader = reader;
    this.#sources = sources;
    this.#random = random;
  }

  async step(): Promise<void> {
    await this.#reader.walk(this.#query(), pagesMax);
  }

  #query(): WalkQuery {
    const random = this.#random;
    return {
      sortKey: pick(sortKeys, random.next()),
      direction: random.chance(0.5) ? 'asc' : 'desc',
      pageSize: pick(pageSizes, random.next()),
      archived: random.chance(0.3),
      cwds: random.chance(0.5) ? null : this.#some([...cwds, elsewhere]),
      providers: random.chance(0.6) ? null : this.#some(providers),
      forksOf: random.chance(0.2) ? pick(this.#sources, random.next()) : null,
    };
  }

  /** Any of them, and seldom none; of providers, none is as good as all. */
  #some(values: readonly string[]): readonly string[] {
    return values.filter(() => this.#random.chance(0.5));
  }
}
