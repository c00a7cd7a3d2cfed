import { setTimeout as sleep } from 'node:timers/promises';
import { type ThreadId, ThreadStoreError } from '@threadstore/core';
import { checkBigInteger, raceAbort, throwIfAborted } from '@threadstore/core/internal';
import { type Database, DatabaseFailure, type TransactionSession } from './database.ts';
import { checkSchema } from './migrate.ts';
import { fencePage, fenceThread, type FencedPage } from './operations/fence-threads.ts';
import { raiseFirstEpoch } from './operations/raise-first-epoch.ts';
import { withRepetition } from './repetition.ts';
import { tenantsIn } from './tenant-wall.ts';
import type { ThreadKey } from './thread-key.ts';

export interface FenceOptions {
  /**
   * The epoch that no thread stays below: that of a call to go on with, or a million more at least. Absent: the time of the database in
   * milliseconds.
   */
  readonly to?: bigint;
  /** Ends it after the statement under way. What was done stays; the same `to` goes on with the rest. */
  readonly signal?: AbortSignal;
  /** Called once the epoch is settled, with no threads, and after each few hundred of them. */
  readonly onProgress?: (soFar: FenceResult) => void;
}

export interface FenceResult {
  /** The epoch that no thread is below: the least that a new thread begins with. */
  readonly epoch: bigint;
  /** How many were raised to it. */
  readonly threads: number;
}

const beforeAllKeys = '00000000-0000-0000-0000-000000000000';
/** How long a lock is waited for at once, and then not, so that those behind it come through. */
const lockWaitMs = 1_000;
/** Who holds one for longer deletes a large thread, or hangs. */
const roundsMax = 150;

/**
 * Fences the writers of all threads of all tenants, and raises the epoch that new threads begin with. For after a failover to a standby that
 * lacked some of what was acknowledged, and after a restore: grants that are not in the database any more would be given a second time, and
 * two writers hold the same epoch.
 *
 * A writer from before gets `FENCED` from then on, and its next grant is of an epoch that nobody had, though none of the leases that it ends
 * is released: who resumes sees whose thread it was. Items stay as they are, and a batch that is stored is still found. Services may run; rows that
 * are in use are waited for, for minutes. Each few hundred threads are durable together. Retry: safe, fences those who have resumed since once
 * more; with the same `to` only those who were left.
 *
 * Errors: `invalid_request` for a `to` that is neither the last one nor far beyond it; `unavailable`, also when the user does not own the schema.
 */
export async function fenceWriters(database: Database, options: FenceOptions = {}): Promise<FenceResult> {
  throwIfAborted(options.signal);
  const to = options.to === undefined ? null : checkBigInteger(options.to, 'to');
  await checkSchema(database);
  return raceAbort(fenceAll(database, to, options), options.signal, 'unknown');
}

async function fenceAll(
  database: Database,
  to: bigint | null,
  { signal, onProgress }: FenceOptions,
): Promise<FenceResult> {
  const { epoch, tenants } = await begin(database, to, signal);
  let threads = 0;
  onProgress?.({ epoch, threads });
  for (const tenant of tenants) {
    for await (const fenced of fencedThreads(database.forTenant(tenant), tenant, { epoch, signal })) {
      threads += fenced;
      onProgress?.({ epoch, threads });
      throwIfAborted(signal);
    }
  }
  return { epoch, threads };
}

interface Beginning {
  readonly epoch: bigint;
  readonly tenants: readonly string[];
}

/**
 * Raises the epoch of new threads first, so that whoever makes one while the others are gone through begins above what was lost. It takes the
 * table for itself for a moment, so that no statement that knows the former epoch is under way then.
 */
async function begin(database: Database, to: bigint | null, signal: AbortSignal | undefined): Promise<Beginning> {
  return inRounds(database, signal, async (session) => ({
    epoch: await raiseFirstEpoch(session, to),
    tenants: await tenantsIn(session),
  }));
}

/** How many more were raised: those of a page, then those of it that had to be waited for. */
async function* fencedThreads(
  database: Database,
  tenant: string,
  { epoch, signal }: { readonly epoch: bigint; readonly signal: AbortSignal | undefined },
): AsyncGenerator<number, void, undefined> {
  let after: ThreadId | undefined = beforeAllKeys;
  while (after !== undefined) {
    const key: ThreadKey = { tenant, threadId: after };
    const page: FencedPage = await withRepetition('write', () => fencePage(database.query, key, epoch));
    yield page.fenced;
    for (const threadId of page.left) {
      const work = ({ query }: TransactionSession): Promise<boolean> => fenceThread(query, { tenant, threadId }, epoch);
      if (await inRounds(database, signal, work)) yield 1;
    }
    after = page.last;
  }
}

/** A transaction that waits for a lock for minutes, and keeps those who wait behind it no longer than a second at once. */
async function inRounds<T>(
  database: Database,
  signal: AbortSignal | undefined,
  work: (session: TransactionSession) => Promise<T>,
): Promise<T> {
  const waiting = async (session: TransactionSession): Promise<T> => {
    await session.script(`set local lock_timeout = ${lockWaitMs}`);
    return work(session);
  };
  for (let round = 1; ; round += 1) {
    throwIfAborted(signal);
    try {
      return await withRepetition('write', () => database.transaction(waiting));
    } catch (error) {
      if (round === roundsMax || !isLockTimeout(error)) throw error;
      await sleep(lockWaitMs);
    }
  }
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof ThreadStoreError && error.cause instanceof DatabaseFailure && error.cause.code === '55P03';
}
