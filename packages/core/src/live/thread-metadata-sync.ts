import { isDeepStrictEqual } from 'node:util';
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
  /** What is pending, but for the times. */
  readonly facts: ThreadMetadataPatch;
  /** The times that are pending. */
  readonly times: Times;
  /** Whether they are those of an item that metadata is made from. */
  readonly isRelevant: boolean;
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

type Times = Pick<ThreadMetadataPatch, 'updatedAt' | 'advanceRecencyAt'>;

const nothingPending = { facts: {}, times: {}, isRelevant: false } satisfies Partial<SyncState>;

/** A thread that does nothing but grow says so at most this often. */
const touchEveryMs = 5_000;
/** And one with items that metadata is made from. Stores list threads by their times: a move in these lists costs as much as an append. */
const relevantTouchEveryMs = 1_000;

/**
 * Keeps the metadata of a thread in step with its items: what they say (see `metadataOfItems`), and `updatedAt`.
 *
 * What is not stored yet is *pending*. It goes with the next batch (`observe`) or barrier (`take`), and is forgotten when that was
 * stored (`applied`), unless it has changed meanwhile: then all of it goes again, which is harmless, since a patch has values and no
 * differences. What is known before the first batch is *deferred* until then, or until `begin`: to open a thread and to close it
 * changes nothing.
 *
 * Facts go at once. Those that repeat what this handle said last, as the model of each turn does, tell nobody anything new, and go with
 * the times, `updatedAt` and `advanceRecencyAt`, at intervals: not never, since somebody else may have changed them since.
 *
 * | after a batch                                                       | goes with it                     |
 * | ------------------------------------------------------------------- | -------------------------------- |
 * | while a fact is pending that says something new                     | all facts, and the times if due  |
 * | with an item that metadata is made from, or that begins a turn      | the times, due 1 s after a touch |
 * | with none, but times of such an item are pending                    | the same                         |
 * | with none                                                           | `updatedAt`, due 5 s after a touch |
 *
 * A fact is any field but `name` and the times; whatever goes takes all facts with it. A touch is a patch with `updatedAt` that was
 * applied; until the first of a handle the times are due. What does not go stays pending, and a barrier takes all: after it the times
 * are those of the last items. A handle that ends without one leaves them behind by as much as they had to wait.
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
  /** What was last applied, field by field. Not undone by going back: it only says what is urgent. */
  #told: ThreadMetadataPatch = {};
  /** The generations of which facts and times were applied. */
  #applied = { facts: 0, times: 0 };

  constructor({ threadId, seen, deferred, clock, limits }: SyncOptions) {
    this.#threadId = threadId;
    this.#clock = clock;
    this.#limits = limits;
    this.#added = deferred === null ? [] : [deferred];
    this.#state = { seen, ...nothingPending, generation: 0, begun: false, added: 0 };
  }

  /** To go back to by `restore`. */
  get state(): SyncState {
    return this.#state;
  }

  /** For when what was observed since was not stored. What was applied meanwhile is not pending again. */
  restore(state: SyncState): void {
    const { facts, times } = this.#applied;
    this.#state = {
      ...state,
      ...(state.generation <= facts && { facts: {} }),
      ...(state.generation <= times && { times: {}, isRelevant: false }),
    };
    this.#applied = { facts: Math.min(facts, state.generation), times: Math.min(times, state.generation) };
  }

  /** Looks at a batch that is about to be stored. Returns the patch that goes with it, if one does. */
  observe(items: readonly Fields[]): PendingPatch | null {
    const now = this.#clock.now();
    const context = { threadId: this.#threadId, limits: this.#limits, now };
    const { patch, seen, relevant } = metadataOfItems(items, this.#state.seen, context);
    const isRelevant = this.#state.isRelevant || relevant || patch.advanceRecencyAt !== undefined;
    this.#state = { ...this.#state, seen, isRelevant, begun: true };
    this.#mergeAdded();
    this.#merge({ ...patch, updatedAt: now });
    if (this.#mayTouch()) return this.take();
    const { facts, generation } = this.#state;
    return this.#hasNews() ? { patch: facts, generation } : null;
  }

  /** Facts that come from elsewhere. They go when the others do. */
  add(patch: ThreadMetadataPatch): void {
    this.#added.push(patch);
  }

  /** Somebody has set metadata past this: no item sets what is settled so, and what was told before may not stand any more. */
  see(stored: SeenFacts): void {
    const { seen } = this.#state;
    this.#state = { ...this.#state, seen: unitedFacts(seen, stored) };
    this.#told = {};
  }

  /** Ends the deferral, for somebody who asks for what is pending. */
  begin(): void {
    this.#state = { ...this.#state, begun: true };
  }

  /** All that is pending, unless it is deferred. It stays pending until it was applied. */
  take(): PendingPatch | null {
    this.#mergeAdded();
    const { facts, times, generation, begun } = this.#state;
    const patch = { ...facts, ...times };
    return begun && !isEmpty(patch) ? { patch, generation } : null;
  }

  /** The patch was stored. */
  applied({ patch, generation }: PendingPatch): void {
    const hasTimes = patch.updatedAt !== undefined;
    if (hasTimes) this.#touchedAtMs = this.#clock.monotonicMs();
    this.#told = mergePatch(this.#told, patch);
    const { facts, times } = this.#applied;
    this.#applied = { facts: Math.max(facts, generation), times: hasTimes ? Math.max(times, generation) : times };
    const stored = hasTimes ? nothingPending : { facts: {} };
    if (generation === this.#state.generation) this.#state = { ...this.#state, ...stored };
  }

  /** Forgets what is pending, for a store that refuses it. */
  drop(): void {
    this.#state = { ...this.#state, ...nothingPending };
  }

  #mergeAdded(): void {
    if (this.#state.added === this.#added.length) return;
    for (const patch of this.#added.slice(this.#state.added)) {
      if (!isEmpty(patch)) this.#merge(patch);
    }
    this.#state = { ...this.#state, added: this.#added.length };
  }

  #merge({ updatedAt, advanceRecencyAt, ...rest }: ThreadMetadataPatch): void {
    const { facts, times, generation } = this.#state;
    const later: Times = { ...(updatedAt && { updatedAt }), ...(advanceRecencyAt && { advanceRecencyAt }) };
    this.#state = {
      ...this.#state,
      facts: isEmpty(rest) ? facts : mergePatch(facts, rest),
      times: mergePatch(times, later),
      generation: generation + 1,
    };
  }

  #hasNews(): boolean {
    const { facts } = this.#state;
    const fields = Object.keys(facts) as (keyof ThreadMetadataPatch)[];
    return fields.some((field) => field !== 'name' && !isDeepStrictEqual(facts[field], this.#told[field]));
  }

  #mayTouch(): boolean {
    if (this.#touchedAtMs === null) return true;
    const everyMs = this.#state.isRelevant ? relevantTouchEveryMs : touchEveryMs;
    return this.#clock.monotonicMs() - this.#touchedAtMs >= everyMs;
  }
}

function isEmpty(patch: ThreadMetadataPatch): boolean {
  return Object.keys(patch).length === 0;
}
