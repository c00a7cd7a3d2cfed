import type { ThreadId } from '@threadstore/core';
import type { CheckedWriterAppend } from '@threadstore/core/internal';
import { Lanes } from '../append-groups/lanes.ts';
import type { Database } from '../database.ts';
import { catchUp } from './catch-up.ts';
import { KnownTurns, type TurnState } from './known-turns.ts';
import { MessageIndexer } from './message-indexer.ts';
import { projectRun, type RunProjection } from './project-run.ts';
import { TenantWords } from './words.ts';

export interface AppendIndexOptions {
  readonly tenant: string;
  /** Whether appends write to the indexes. If not, only reading does. */
  readonly onAppend: boolean;
  /** Does work that a transaction is part of, again where the database gives it up. */
  readonly run: <T>(work: (database: Database) => Promise<T>) => Promise<T>;
}

/** A run that was stored. */
export interface IndexedRun {
  readonly firstOrdinal: bigint;
  /** Whether the turns know all items of the thread now. */
  readonly indexed: boolean;
  readonly projection: RunProjection;
}

/** They take connections that appends and reads could use. */
const catchUpsAtOnce = 2;

/**
 * What a store does for the indexes when something is appended: the turns that the append itself can write, and for the rest, and for
 * messages, a reading of the items right after it, which nobody waits for. If that fails, whoever reads the indexes does it.
 */
export class AppendIndex {
  readonly words: TenantWords;
  readonly known = new KnownTurns();
  readonly #options: AppendIndexOptions;
  readonly #messages: MessageIndexer;
  readonly #lanes = new Lanes(catchUpsAtOnce);
  /** Waiting for a lane. One that has begun may be too late for what comes now. */
  readonly #waiting = new Set<ThreadId>();
  readonly #underWay = new Set<Promise<void>>();
  #closed = false;

  constructor(options: AppendIndexOptions) {
    this.#options = options;
    this.words = new TenantWords(options.tenant);
    this.#messages = new MessageIndexer({ ...options, words: this.words });
  }

  project(run: readonly CheckedWriterAppend[]): RunProjection {
    return projectRun(run, this.#options.onAppend ? this.#knownBefore(run) : null);
  }

  /** To be called once a run is committed. */
  appended(run: readonly CheckedWriterAppend[], { firstOrdinal, indexed, projection }: IndexedRun): void {
    const threadId = run[0]?.threadId ?? '';
    if (projection.says) this.messagesNoted();
    if (!indexed) {
      this.left(threadId);
      return;
    }
    const known = this.#knownBefore(run);
    const open = projection.open === undefined && known?.ordinal === firstOrdinal ? known.open : projection.open;
    if (open === undefined) return;
    const items = run.reduce((count, batch) => count + batch.items.length, 0);
    this.known.set(threadId, { epoch: run[0]?.epoch ?? 0n, ordinal: firstOrdinal + BigInt(items), open });
  }

  #knownBefore([head]: readonly CheckedWriterAppend[]): TurnState | undefined {
    const known = this.known.get(head?.threadId ?? '');
    return known?.epoch === head?.epoch ? known : undefined;
  }

  /** Says that there are messages whose words are not written. */
  messagesNoted(): void {
    if (this.#options.onAppend) this.#messages.noted();
  }

  /** Says that the turns don't know all items of a thread. */
  left(threadId: ThreadId): void {
    if (!this.#options.onAppend || this.#closed || this.#waiting.has(threadId)) return;
    this.#waiting.add(threadId);
    const work = this.#lanes.run(() => this.#catchUp(threadId));
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  /** Begins no more, and waits for what has begun. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#underWay, this.#messages.close()]);
  }

  async #catchUp(threadId: ThreadId): Promise<void> {
    this.#waiting.delete(threadId);
    const { tenant, run } = this.#options;
    try {
      await run((database) => catchUp(database, { tenant, threadId }, this, { isStopped: () => this.#closed }));
    } catch {
      // Reading tries again, and tells its reader.
    }
  }
}

export function holdsEvents(facts: CheckedWriterAppend['facts']): boolean {
  return facts.some((fact) => fact !== null && fact.event !== null);
}

export function holdsMessages(facts: CheckedWriterAppend['facts']): boolean {
  return facts.some((fact) => fact !== null && fact.said !== null);
}
