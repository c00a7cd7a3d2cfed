import type { ThreadStore } from '@threadstore/core';
import type { Done, Metadata, Register } from '../history/operations.ts';
import { watched } from './lookout.ts';
import { metadataOf, patchOf } from './metadata-registers.ts';
import type { End, RecordedCalls } from './recorded-calls.ts';

const done: Done = {};

/** A store's changes of threads but for their items, all recorded. */
export class RecordingManager {
  readonly #calls: RecordedCalls;
  readonly #store: ThreadStore;

  constructor(calls: RecordedCalls, store: ThreadStore) {
    this.#calls = calls;
    this.#store = watched(store, calls.lookout);
  }

  /** Sets registers to a value that nobody has ever set any to. */
  patch(thread: string, registers: readonly Register[]): Promise<End<Metadata>> {
    const value = this.#calls.nextName();
    const params = { threadId: thread, patch: patchOf(registers, value) };
    return this.#calls.make('patch', { thread, registers, value }, async () =>
      metadataOf(await this.#store.updateThreadMetadata(params)),
    );
  }

  touch(thread: string): Promise<End<Done>> {
    return this.#calls.make('touch', { thread }, async () => {
      const now = new Date();
      const patch = { updatedAt: now, advanceRecencyAt: now };
      await this.#store.updateThreadMetadata({ threadId: thread, patch, includeArchived: true });
      return done;
    });
  }

  /** As the writer of the epoch, as is `unarchive`. */
  archive(thread: string, epoch: number): Promise<End<Done>> {
    return this.#calls.make('archive', { thread }, async () => {
      await this.#store.archiveThread({ threadId: thread, epoch: BigInt(epoch) });
      return done;
    });
  }

  unarchive(thread: string, epoch: number): Promise<End<Done>> {
    return this.#calls.make('unarchive', { thread }, async () => {
      await this.#store.unarchiveThread({ threadId: thread, epoch: BigInt(epoch) });
      return done;
    });
  }

  delete(thread: string): Promise<End<Done>> {
    return this.#calls.make('delete', { thread }, async () => {
      await this.#store.deleteThread({ threadId: thread });
      return done;
    });
  }
}
