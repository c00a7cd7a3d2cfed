import type { Limits } from '../limits.ts';
import { mergePatch } from '../merge-patch.ts';
import type { ThreadMetadataPatch } from '../metadata-patch.ts';
import type { ThreadId } from '../thread.ts';
import type { Fields } from '../turn-index/event-fields.ts';
import type { LiveClock } from './clock.ts';
import { metadataOfItems, unitedFacts, type SeenFacts } from './item-metadata.ts';

/** What is to be patched, and which state of it this is. */
export interface PendingPatch {
  readonly patch: ThreadMetadataPatch;
  /** Grows with every change of what is pending. */
  readonly generation: number;
}

/** All that a sync knows at a moment. */
export interface SyncState {
  readonly seen: SeenFacts;
  readonly pending: ThreadMetadataPatch | null;
  readonly generation: number;
  /** Whether there is a reason to tell: items came, or somebody asked. Until then all that is pending is deferred. */
  readonly begun: boolean;
  /** How many of the facts that came from elsewhere are in what was pending. */
  readonly added: number;
}

export interface SyncOptions {
  readonly threadId: ThreadId;
  readonly seen: SeenFacts;
  /** What is known before the first items. */
  readonly deferred: ThreadMetadataPatch | null;
  readonly clock: LiveClock;
  readonly limits: Limits;
}

/** A thread that does nothing but grow says so at most this often. */
const touchEveryMs = 5_000;

/**
 * Keeps the metadata of a thread in step with its items: what they say (see `metadataOfItems`), and `updatedAt`.
 *
 * What is not stored yet is *pending*. It goes with the next batch (`observe`) or barrier (`take`), and is forgotten when that was
 * stored (`applied`), unless it has changed meanwhile: then all of it goes again, which is harmless, since a patch has values and no
 * differences. What is known before the first batch is *deferred* until then, or until `begin`: to open a thread and to close it
 * changes nothing.
 *
 * | after a batch                                       | pending goes with it                    |
 * | --------------------------------------------------- | --------------------------------------- |
 * | with an item that metadata is made from              | yes                                     |
 * | without one, while a fact is pending                 | yes                                     |
 * | without one, the last touch 5 s ago or never          | yes: `updatedAt` alone                  |
 * | without one, the last touch less than 5 s ago         | no; the next one that goes takes it     |
 *
 * A fact is any field but `name` and `updatedAt`. The 5 s count from the last patch with `updatedAt` that was applied.
 */
export class ThreadMetadataSync {
  readonly #threadId: ThreadId;
  readonly #clock: LiveClock;
  readonly #limits: Limits;
  /** Facts that came from elsewhere. Apart from the state: to go back must not lose them. */
  readonly #added: ThreadMetadataPatch[];
  #state: SyncState;
  /** When a patch with `updatedAt` was last applied, by the monotonic clock; `null`: never. Not undone by going back either. */
  #touchedAtMs: number | null = null;
  #appliedGeneration = 0;

  constructor({ threadId, seen, deferred, clock, limits }: SyncOptions) {
    this.#threadId = threadId;
    this.#clock = clock;
    this.#limits = limits;
    this.#added = deferred === null ? [] : [deferred];
    this.#state = { seen, pending: null, generation: 0, begun: false, added: 0 };
  }

  /** To go back to by `restore`. */
  get state(): SyncState {
    return this.#state;
  }

  /** For when what was observed since was not stored. What was applied meanwhile is not pending again. */
  restore(state: SyncState): void {
    const isApplied = state.generation <= this.#appliedGeneration;
    this.#state = isApplied ? { ...state, pending: null } : state;
    this.#appliedGeneration = Math.min(this.#appliedGeneration, state.generation);
  }

  /** Looks at a batch that is about to be stored. Returns the patch that goes with it, if one does. */
  observe(items: readonly Fields[]): PendingPatch | null {
    const now = this.#clock.now();
    const context = { threadId: this.#threadId, limits: this.#limits, now };
    const { patch, seen, relevant } = metadataOfItems(items, this.#state.seen, context);
    this.#state = { ...this.#state, seen, begun: true };
    this.#mergeAdded();
    this.#merge({ ...patch, updatedAt: now });
    return relevant || this.#hasFacts() || this.#mayTouch() ? this.take() : null;
  }

  /** Facts that come from elsewhere. They go when the others do. */
  add(patch: ThreadMetadataPatch): void {
    this.#added.push(patch);
  }

  /** What is settled by what is stored: somebody set it, and no item does. */
  see(stored: SeenFacts): void {
    const { seen } = this.#state;
    this.#state = { ...this.#state, seen: unitedFacts(seen, stored) };
  }

  /** Ends the deferral, for somebody who asks for what is pending. */
  begin(): void {
    this.#state = { ...this.#state, begun: true };
  }

  /** All that is pending, unless it is deferred. It stays pending until it was applied. */
  take(): PendingPatch | null {
    this.#mergeAdded();
    const { pending: patch, generation, begun } = this.#state;
    return begun && patch !== null ? { patch, generation } : null;
  }

  /** The patch was stored. */
  applied({ patch, generation }: PendingPatch): void {
    if (patch.updatedAt !== undefined) this.#touchedAtMs = this.#clock.monotonicMs();
    this.#appliedGeneration = Math.max(this.#appliedGeneration, generation);
    if (generation === this.#state.generation) this.drop();
  }

  /** Forgets what is pending, for a store that refuses it. */
  drop(): void {
    this.#state = { ...this.#state, pending: null };
  }

  #mergeAdded(): void {
    for (const patch of this.#added.slice(this.#state.added)) {
      if (Object.keys(patch).length > 0) this.#merge(patch);
    }
    this.#state = { ...this.#state, added: this.#added.length };
  }

  #merge(patch: ThreadMetadataPatch): void {
    const { pending, generation } = this.#state;
    this.#state = { ...this.#state, pending: mergePatch(pending ?? {}, patch), generation: generation + 1 };
  }

  #hasFacts(): boolean {
    return Object.keys(this.#state.pending ?? {}).some((field) => field !== 'name' && field !== 'updatedAt');
  }

  #mayTouch(): boolean {
    return this.#touchedAtMs === null || this.#clock.monotonicMs() - this.#touchedAtMs >= touchEveryMs;
  }
}
