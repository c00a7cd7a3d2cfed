import { registers } from '../../history/operations.ts';
import { pick, type Random } from '../../random.ts';
import type { RecordingManager } from '../recording-manager.ts';
import type { RecordingReader } from '../recording-reader.ts';
import type { Actor } from './actor.ts';

const readChance = 0.35;

/** One of several who patch the same fields of the same threads, and read them. */
export class Patcher implements Actor {
  readonly pauseMsMax = 120;
  readonly #replicas: readonly { readonly reader: RecordingReader; readonly manager: RecordingManager }[];
  readonly #threads: readonly string[];
  readonly #random: Random;

  constructor(
    replicas: readonly { readonly reader: RecordingReader; readonly manager: RecordingManager }[],
    threads: readonly string[],
    random: Random,
  ) {
    this.#replicas = replicas;
    this.#threads = threads;
    this.#random = random;
  }

  async step(): Promise<void> {
    const { reader, manager } = pick(this.#replicas, this.#random.next());
    const thread = pick(this.#threads, this.#random.next());
    if (this.#random.chance(readChance)) {
      await reader.readMetadata(thread);
      return;
    }
    const patched = registers.filter(() => this.#random.chance(0.3));
    await manager.patch(thread, patched.length > 0 ? patched : [pick(registers, this.#random.next())]);
  }
}
