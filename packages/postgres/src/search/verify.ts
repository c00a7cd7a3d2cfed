import type { ThreadId } from '@threadstore/core';
import { factsOfText, matchSnippet, type SearchTerm } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import { readPlaced } from '../operations/placed-items.ts';
import type { Candidates } from './candidates.ts';

/** What one call looks at. */
export class Budget {
  #messages = 2_000;
  #bytes = 32 * 1024 * 1024;
  #threads = 20_000;
  readonly #until = performance.now() + 5_000;

  spend(messages: number, bytes: number): void {
    this.#messages -= messages;
    this.#bytes -= bytes;
  }

  walk(threads: number): void {
    this.#threads -= threads;
  }

  get isSpent(): boolean {
    return this.#messages <= 0 || this.#bytes <= 0 || this.#threads <= 0 || performance.now() > this.#until;
  }
}

export interface Match {
  readonly ordinal: bigint;
  readonly snippet: string;
  readonly turnId: string | null;
}

export interface Verification {
  readonly query: RunQuery;
  readonly tenant: string;
  readonly term: SearchTerm;
  readonly candidates: Candidates;
  readonly budget: Budget;
}

/** Of a thread in the first round; of one in which they fail more are asked for each time. */
const candidatesAtFirst = 5;
const candidatesMax = 500;
/** Of the messages that are read at once. */
const bytesAtOnce = 4 * 1024 * 1024;

/** A thread that is being looked at. */
interface Search {
  readonly threadId: ThreadId;
  ordinals: readonly bigint[];
  /** The last that was looked at. */
  before: bigint | null;
}

/**
 * The latest match of each thread, `null` where there is none. What the budget does not suffice for is left out; the first thread is
 * always settled, so that a walk gets on.
 */
export async function latestMatches(
  threads: readonly ThreadId[],
  verification: Verification,
): Promise<ReadonlyMap<ThreadId, Match | null>> {
  const { budget, candidates } = verification;
  const settled = new Map<ThreadId, Match | null>();
  let open = threads.map((threadId): Search => ({ threadId, ordinals: [], before: null }));
  let count = candidatesAtFirst;
  for (;;) {
    if (budget.isSpent) open = open.filter(({ threadId }) => threadId === threads[0]);
    if (open.length === 0) return settled;
    const empty = open.filter(({ ordinals }) => ordinals.length === 0);
    if (empty.length > 0) {
      const found = await candidates.of(empty, count);
      count = Math.min(4 * count, candidatesMax);
      for (const search of empty) {
        search.ordinals = found.get(search.threadId) ?? [];
        if (search.ordinals.length === 0) settled.set(search.threadId, null);
      }
    }
    open = open.filter(({ threadId }) => !settled.has(threadId));
    await lookAtNext(open, verification, settled);
    open = open.filter(({ threadId }) => !settled.has(threadId));
  }
}

/** Looks at the next message of each thread, of as many threads as there is room for. */
async function lookAtNext(
  open: readonly Search[],
  { query, tenant, term, budget }: Verification,
  settled: Map<ThreadId, Match | null>,
): Promise<void> {
  const places = open.flatMap(({ threadId, ordinals: [ordinal] }) =>
    ordinal === undefined ? [] : [{ threadId, ordinal }],
  );
  const found = await readPlaced(query, tenant, places, bytesAtOnce);
  for (const [index, search] of open.entries()) {
    const item = found[index];
    const [ordinal, ...rest] = search.ordinals;
    if (ordinal === undefined || item?.json === null) continue;
    search.ordinals = rest;
    search.before = ordinal;
    // Deleted meanwhile.
    if (item === undefined) continue;
    budget.spend(1, item.json.length);
    const said = factsOfText(item.json)?.said ?? null;
    const snippet = said === null ? null : matchSnippet(said.text, term);
    if (snippet !== null) settled.set(search.threadId, { ordinal, snippet, turnId: item.turnId });
  }
}
