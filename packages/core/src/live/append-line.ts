import { abortError, raceAbort } from '../abort.ts';
import { begun } from '../begun.ts';
import type { ThreadStoreError } from '../errors.ts';
import type { ThreadStore } from '../thread-store.ts';
import type { Fields } from '../turn-index/event-fields.ts';
import type { AppendResult, WriterRef } from '../writer.ts';
import { verdictOn } from './append-verdict.ts';
import type { PendingPatch, SyncState, ThreadMetadataSync } from './thread-metadata-sync.ts';
import type { WarningListener } from './warning.ts';

/** What a writer appends by one call. */
export interface LineBatch {
  /** At least one. */
  readonly items: readonly string[];
  /** The same, parsed. */
  readonly values: readonly Fields[];
}

interface Caller {
  /** `null`: by what came after it, it is known to be stored, and not where. An append of its own call can't learn that. */
  resolve(result: AppendResult | null): void;
  reject(error: unknown): void;
}

interface Entry extends LineBatch {
  signal: AbortSignal | undefined;
  /** Who waits; `null` once it was told that the outcome is unknown. */
  caller: Caller | null;
  isUnderWay: boolean;
  /** An attempt may have stored it, and its caller was told so. */
  isUncertain: boolean;
  /** That attempt: under the same sequence it is repeated as it was, with its patch. */
  tried: Attempt | null;
  /** Goes without a patch: the store refuses the one that it would have. */
  isBare: boolean;
  /** How often it was refused because of those before it. */
  detours: number;
}

interface Attempt {
  readonly sequence: bigint;
  readonly pending: PendingPatch | null;
}

/** An entry on its way. */
interface Flight extends Attempt {
  readonly entry: Entry;
  /** What the sync knew before. */
  readonly before: SyncState;
}

/** One that came to nothing, or perhaps to nothing. */
interface FallenFlight extends Flight {
  readonly goesAgain: boolean;
  /** Of its patch. */
  readonly refusal: ThreadStoreError | null;
}

export interface AppendLineOptions {
  readonly store: ThreadStore;
  readonly writer: WriterRef;
  readonly nextSequence: bigint;
  readonly sync: ThreadMetadataSync;
  /** Told what no caller is: that metadata was left out, so that items could be stored, or that a batch was not stored after all. */
  readonly onWarning: WarningListener;
}

/** A batch is refused because of others again only while those go on failing. A store that never finds its place ends it. */
const detoursMax = 5;

/**
 * The batches of one writer: several under way at a time, stored in the order of the calls, each once.
 *
 * | a batch                             | its caller       | and then                                                              |
 * | ----------------------------------- | ---------------- | --------------------------------------------------------------------- |
 * | is stored                           | gets its ordinals | its patch is applied, and all batches before it are stored, too       |
 * | fails, effect `none`                | gets the error   | its sequence, and what the sync took from it, are given back          |
 * | fails, effect `unknown`             | gets the error   | it stays in the line: sent again, as the same batch, before all others |
 * | is refused for its patch            | goes on waiting  | it is sent again: without one, if no other that failed is before it    |
 * | is refused for one before it        | goes on waiting  | it is sent again, under the sequence that is next then                |
 * | comes while one has failed          | waits            | it is sent behind those                                               |
 *
 * What is sent again goes when nothing is under way any more. So an error with effect `none` means that the batch is not stored
 * and never will be. One with effect `unknown` means that it is stored once and in its place, or will be by the next call: the
 * caller must not append it again. Should the store then refuse it for good, the barrier that sent it rejects, or `onWarning` is told.
 *
 * One gap is left: when a batch is refused while the one behind it has an unknown outcome, the second moves to the sequence of the first. An
 * attempt under its old sequence that was delayed on its way for longer than its caller waited, and then arrives, would store it once more.
 */
export class AppendLine {
  readonly #store: ThreadStore;
  readonly #writer: WriterRef;
  readonly #sync: ThreadMetadataSync;
  readonly #onWarning: WarningListener;
  readonly #firstSequence: bigint;
  #nextSequence: bigint;
  /** The last sequence that is known to be stored. */
  #stored: bigint;
  #flights = 0;
  /** Of all that is under way, for a barrier that waits for it. */
  #landing: PromiseWithResolvers<void> | null = null;
  /** By sequence. */
  #fallen: FallenFlight[] = [];
  #waiting: Entry[] = [];

  constructor({ store, writer, nextSequence, sync, onWarning }: AppendLineOptions) {
    this.#store = store;
    this.#writer = writer;
    this.#firstSequence = nextSequence;
    this.#nextSequence = nextSequence;
    this.#stored = nextSequence - 1n;
    this.#sync = sync;
    this.#onWarning = onWarning;
  }

  /** Whether a batch of this line is known to be stored. */
  get hasStored(): boolean {
    return this.#stored >= this.#firstSequence;
  }

  append({ items, values }: LineBatch, signal: AbortSignal | undefined): Promise<AppendResult> {
    const { promise, resolve, reject } = Promise.withResolvers<AppendResult>();
    const entry: Entry = {
      items,
      values,
      signal,
      caller: {
        resolve: (result) =>
          result === null ? reject(new TypeError('a batch was stored without an attempt')) : resolve(result),
        reject,
      },
      isUnderWay: false,
      isUncertain: false,
      tried: null,
      isBare: false,
      detours: 0,
    };
    this.#waiting.push(entry);
    this.#proceed();
    return signal === undefined ? promise : endingWait(entry, signal, promise);
  }

  /**
   * For barriers, when no append waits any more: sends what has an unknown outcome again. Rejects with the error of one that still
   * has an unknown outcome, or that is not stored after all.
   */
  async settle(signal: AbortSignal | undefined): Promise<void> {
    // An append may have ended before what it sent again for others.
    if (this.#flights > 0) {
      this.#landing ??= Promise.withResolvers();
      await raceAbort(this.#landing.promise, signal, 'none');
    }
    const entries = this.#fallen
      .filter(({ goesAgain, entry }) => goesAgain && entry.isUncertain)
      .map(({ entry }) => entry);
    const outcomes = entries.map(
      (entry) =>
        new Promise<AppendResult | null>((resolve, reject) => {
          Object.assign(entry, { signal, caller: { resolve, reject }, detours: 0 });
        }),
    );
    this.#proceed();
    // All of them: what comes next must find nothing under way.
    for (const outcome of await Promise.allSettled(outcomes)) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
  }

  /** Sends what can be sent. */
  #proceed(): void {
    let entries = this.#waiting;
    const [first] = this.#fallen;
    if (first !== undefined) {
      if (this.#flights > 0) return;
      this.#nextSequence = first.sequence;
      this.#sync.restore(first.before);
      this.#takeRefusals();
      const again = this.#fallen.filter(({ goesAgain }) => goesAgain).map(({ entry }) => entry);
      entries = [...again, ...entries];
      this.#fallen = [];
    }
    this.#waiting = [];
    for (const entry of entries) this.#send(entry);
  }

  /** What a patch is refused for may have come with the batches before. The first is to blame for its own. */
  #takeRefusals(): void {
    for (const [at, { entry, refusal }] of this.#fallen.entries()) {
      if (refusal === null) continue;
      entry.detours += 1;
      if (at > 0 && entry.detours < detoursMax) continue;
      entry.isBare = true;
      this.#onWarning('metadata was refused, its items are stored without', refusal);
    }
  }

  #send(entry: Entry): void {
    const { items, signal } = entry;
    if (signal?.aborted === true) giveUp(entry, signal);
    if (entry.caller === null && !entry.isUncertain) return;
    const sequence = this.#nextSequence;
    const before = this.#sync.state;
    const pending = this.#pendingFor(entry, sequence);
    const flight: Flight = { entry, sequence, pending, before };
    this.#nextSequence += 1n;
    this.#flights += 1;
    entry.isUnderWay = true;
    const params = { ...this.#writer, sequence, items };
    begun(() =>
      this.#store.appendItems(
        pending === null ? params : { ...params, metadata: pending.patch },
        signal === undefined ? undefined : { signal },
      ),
    ).then(
      (result) => this.#onStored(flight, result),
      (error: unknown) => this.#onFailed(flight, error),
    );
  }

  #pendingFor({ values, tried, isBare }: Entry, sequence: bigint): PendingPatch | null {
    const observed = this.#sync.observe(values);
    if (isBare) this.#sync.drop();
    // If the attempt was stored, it was with that patch, and another would be thought to be stored.
    if (tried?.sequence === sequence) return tried.pending;
    return isBare ? null : observed;
  }

  #onStored({ entry, sequence, pending }: Flight, result: AppendResult): void {
    entry.isUnderWay = false;
    if (pending !== null) this.#sync.applied(pending);
    if (sequence > this.#stored) this.#stored = sequence;
    entry.caller?.resolve(result);
    // Nothing is stored before what was sent before it.
    if (this.#fallen.length > 0) this.#takeStored();
    this.#onLanded();
  }

  #onFailed(flight: Flight, error: unknown): void {
    const { entry, sequence, pending } = flight;
    entry.isUnderWay = false;
    const { isUncertain, detours } = entry;
    const mayWait = detours + 1 < detoursMax;
    const verdict = verdictOn(error, { isUncertain, mayWait, hasPatch: pending !== null });
    if (verdict === 'behind') entry.detours += 1;
    const isRefused = verdict === 'refusedPatch';
    if (isRefused) {
      entry.tried = null;
    } else if (verdict === 'unknown') {
      Object.assign(entry, { isUncertain: true, tried: { sequence, pending }, signal: undefined });
    }
    if (verdict === 'unknown' || verdict === 'notStored') {
      if (verdict === 'notStored' && entry.caller === null) {
        this.#onWarning('a batch whose outcome was unknown is not stored, and the store refuses it', error);
      }
      entry.caller?.reject(error);
      entry.caller = null;
    }
    const refusal = isRefused ? (error as ThreadStoreError) : null;
    this.#fall({ ...flight, goesAgain: verdict !== 'notStored', refusal });
    this.#takeStored();
    this.#onLanded();
  }

  #fall(flight: FallenFlight): void {
    const at = this.#fallen.findIndex(({ sequence }) => sequence > flight.sequence);
    this.#fallen.splice(at === -1 ? this.#fallen.length : at, 0, flight);
  }

  /** Takes out those that are stored: with what was sent after them. */
  #takeStored(): void {
    const stored = this.#fallen.findLastIndex(({ sequence }) => sequence <= this.#stored) + 1;
    for (const { entry } of this.#fallen.splice(0, stored)) {
      entry.caller?.resolve(null);
      entry.caller = null;
    }
  }

  #onLanded(): void {
    this.#flights -= 1;
    const isWanted = this.#waiting.length > 0 || this.#fallen.some(({ goesAgain, entry }) => goesAgain && entry.caller);
    // What nobody waits for goes with the next call: a service that is away is not asked on and on.
    if (this.#flights > 0) return;
    if (isWanted) this.#proceed();
    if (this.#flights > 0) return;
    this.#landing?.resolve();
    this.#landing = null;
  }
}

/** The promise, and until then an eye on the signal: while a batch waits for others no store sees it. */
function endingWait<T>(entry: Entry, signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const onAbort = (): void => {
    if (!entry.isUnderWay) giveUp(entry, signal);
  };
  signal.addEventListener('abort', onAbort);
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}

/** For one that is not under way: it will not be sent, unless an earlier attempt may have stored it. */
function giveUp(entry: Entry, signal: AbortSignal): void {
  if (entry.isUncertain) return;
  entry.caller?.reject(abortError(signal, 'none'));
  entry.caller = null;
}
