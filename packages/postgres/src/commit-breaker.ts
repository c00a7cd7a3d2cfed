import { ThreadStoreError } from '@threadstore/core';
import type { Database } from './database.ts';
import { integer } from './row.ts';

/** When a write has taken so long, the server is asked whether it waits for a standby. */
const slowMs = 2_000;
/** How many commits must wait so long: one may be the whole load. */
const stuckMin = 2;
/** How long no write is sent, and how often one tries how it is. */
const pauseMs = 1_000;

/** Commits of this role's in this database that wait for a standby, which no timeout of the server's ends. */
const stuckCommits = `select count(*) as stuck from pg_stat_activity
  where wait_event = 'SyncRep' and datname = current_database() and state_change < now() - interval '${slowMs} ms'`;

/**
 * Stops sending writes to a database whose commits are stuck behind a standby that does not answer: each would hold a connection of
 * the server for as long as that lasts, until there is none left for reads. One write at a time then tries how it is, and when one
 * gets through, all do.
 */
export class CommitBreaker {
  readonly #database: Pick<Database, 'query'>;
  /** When the writes under way began. */
  readonly #underWay = new Set<{ readonly since: number }>();
  readonly #onOpen = new Set<() => void>();
  #isOpen = false;
  #probeAt = 0;
  #watch: NodeJS.Timeout | undefined;

  constructor(database: Pick<Database, 'query'>) {
    this.#database = database;
  }

  /** Whether a write would be refused now. */
  get isRefusing(): boolean {
    return this.#isOpen && performance.now() < this.#probeAt;
  }

  /** Has this called each time that writes begin to be refused, until what is returned is called. */
  onOpen(callback: () => void): () => void {
    this.#onOpen.add(callback);
    return () => void this.#onOpen.delete(callback);
  }

  /** Does a write, or rejects with `BACKEND_UNAVAILABLE` and has no effect. */
  async run<T>(write: () => Promise<T>): Promise<T> {
    if (this.isRefusing) throw refusal();
    // Those that come while this one is under way are refused, however long it takes.
    const isProbe = this.#isOpen;
    if (isProbe) this.#probeAt = Number.POSITIVE_INFINITY;
    const own = { since: performance.now() };
    this.#underWay.add(own);
    this.#watch ??= setInterval(() => void this.#look(), pauseMs).unref();
    try {
      const result = await write();
      this.#isOpen = false;
      return result;
    } catch (error) {
      // Also when the server answered, for it was no commit.
      if (isProbe) this.#probeAt = performance.now() + pauseMs;
      throw error;
    } finally {
      this.#underWay.delete(own);
      if (this.#underWay.size === 0) {
        clearInterval(this.#watch);
        this.#watch = undefined;
      }
    }
  }

  async #look(): Promise<void> {
    const now = performance.now();
    if (this.#isOpen || ![...this.#underWay].some(({ since }) => now - since > slowMs)) return;
    try {
      const [row = {}] = await this.#database.query(stuckCommits);
      if (integer(row, 'stuck') < stuckMin) return;
    } catch {
      // Whatever it is, a standby is not all of it.
      return;
    }
    this.#isOpen = true;
    this.#probeAt = performance.now() + pauseMs;
    for (const callback of this.#onOpen) callback();
  }
}

const breakers = new WeakMap<Database, CommitBreaker>();

/** The one of all stores on a database. */
export function commitBreakerOf(database: Database): CommitBreaker {
  let breaker = breakers.get(database);
  if (breaker === undefined) {
    breaker = new CommitBreaker(database);
    breakers.set(database, breaker);
  }
  return breaker;
}

function refusal(): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'BACKEND_UNAVAILABLE',
    message: "the database's standby does not confirm commits, no writes are taken now",
    retryAfterMs: pauseMs,
  });
}
