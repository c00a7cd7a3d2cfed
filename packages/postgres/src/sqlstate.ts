import { ThreadStoreError, type ReasonOfEffect } from '@threadstore/core';
import type { DatabaseFailure } from './database.ts';

interface Meaning {
  /** Said where nothing is stored: what may be is `OUTCOME_UNKNOWN`, whatever else it is. */
  readonly reason: ReasonOfEffect<'none'>;
  readonly message: string;
  /** The statement or transaction is run again, up to {@link attemptsMax} times in all, before anybody is told. */
  readonly repeated?: true;
  /** Also undone where the severity can't be read: servers print it in their own language. */
  readonly undone?: true;
  /** The connection leads nowhere any more, though the answer is certain. */
  readonly leaves?: true;
}

/** Runs of one statement or transaction, the first included. */
export const attemptsMax = 4;

const busy = 'the database is busy, try again';
const gone = 'the database can not be reached';
const damaged = 'the database reports damaged data: see its log, and restore what it names';
const unfit = "the database's schema does not fit this version of threadstore, run its migrations";

/**
 * What the errors of a server, or of the way to it, mean to callers: by SQLSTATE (or the system's code), else by its class,
 * the first two characters, else by how the database failed. This is the only place that decides it.
 */
const meanings: Readonly<Record<string, Meaning>> = {
  // Two transactions in each other's way; one had to go.
  '40001': { reason: 'BACKEND_UNAVAILABLE', message: busy, repeated: true, undone: true },
  '40P01': { reason: 'BACKEND_UNAVAILABLE', message: busy, repeated: true, undone: true },
  // A timeout of the server's, for a lock, a statement, a pause in a transaction.
  '55P03': { reason: 'BACKEND_UNAVAILABLE', message: busy, undone: true },
  '57014': { reason: 'BACKEND_UNAVAILABLE', message: busy, undone: true },
  '25P03': { reason: 'BACKEND_UNAVAILABLE', message: busy, undone: true, leaves: true },
  // Read-only: a failover is under way, or this is the standby.
  '25006': { reason: 'BACKEND_UNAVAILABLE', message: 'the database takes no writes now', undone: true, leaves: true },
  '53100': { reason: 'STORAGE_FULL', message: 'the database has no room left' },
  '53200': { reason: 'BACKEND_UNAVAILABLE', message: busy },
  '53300': { reason: 'BACKEND_UNAVAILABLE', message: 'the database has no connection left' },
  '3D000': { reason: 'BACKEND_UNAVAILABLE', message: 'the database does not exist' },
  '3F000': { reason: 'BACKEND_UNAVAILABLE', message: unfit, undone: true },
  '42P01': { reason: 'BACKEND_UNAVAILABLE', message: unfit, undone: true },
  '42703': { reason: 'BACKEND_UNAVAILABLE', message: unfit, undone: true },
  '42501': { reason: 'BACKEND_UNAVAILABLE', message: "the database's user lacks a privilege", undone: true },
  // Invalid credentials, at connecting.
  '28': { reason: 'BACKEND_UNAVAILABLE', message: "the database refuses threadstore's credentials" },
  // Connection exceptions; the server is shutting down, has crashed, or is starting.
  '08': { reason: 'BACKEND_UNAVAILABLE', message: gone },
  '57': { reason: 'BACKEND_UNAVAILABLE', message: gone },
  // A page or an index that fails its checks.
  XX001: { reason: 'DATA_CORRUPTED', message: damaged },
  XX002: { reason: 'DATA_CORRUPTED', message: damaged },
  // Prepared statements that a pooler mixes up: nobody is told, see the driver.
  '26': { reason: 'INTERNAL', message: 'internal error', undone: true },
  // Data, constraints, syntax: mistakes of our own.
  '22': { reason: 'INTERNAL', message: 'internal error', undone: true },
  '23': { reason: 'INTERNAL', message: 'internal error', undone: true },
  '42': { reason: 'INTERNAL', message: 'internal error', undone: true },
};

function meaningOf(code: string | null): Meaning | undefined {
  return code === null ? undefined : (meanings[code] ?? meanings[code.slice(0, 2)]);
}

/** Whether an error that a server answered with leaves the statement undone for certain. */
export function isUndone(sqlstate: string | undefined, severity: string | undefined): boolean {
  if (severity === 'ERROR') return true;
  // Worse ends the session, and may come after the commit: a PANIC for want of room did (SQLSTATE 53100). A session that was idle for
  // too long is ended before what it's sent is read.
  if (severity === 'FATAL' || severity === 'PANIC') return sqlstate === '25P03';
  return meaningOf(sqlstate ?? null)?.undone === true;
}

/** Whether the connection is of no more use, whatever it answered. */
export function isLeft({ kind, code }: DatabaseFailure): boolean {
  return kind !== 'refused' || meaningOf(code)?.leaves === true;
}

/** Whether the same statement or transaction should simply be run again. */
export function isRepeated(failure: DatabaseFailure): boolean {
  return failure.kind === 'refused' && meaningOf(failure.code)?.repeated === true;
}

/** The error that callers of a store get, with the failure as its cause. A read never has an effect. */
export function storeError(failure: DatabaseFailure, kind: 'read' | 'write'): ThreadStoreError {
  if (kind === 'write' && failure.mayBeCommitted) {
    const message = 'the database did not answer: the write may have been done or not';
    return new ThreadStoreError({ reason: 'OUTCOME_UNKNOWN', message, effect: 'unknown', cause: failure });
  }
  const { reason, message } = meaningOf(failure.code) ?? byKind[failure.kind];
  const retry = failure.kind === 'busy' ? { retryAfterMs: busyRetryMs } : {};
  return new ThreadStoreError({ reason, message, effect: 'none', ...retry, cause: failure });
}

/** When those should come again who found a line for the database's connections that was too long. */
const busyRetryMs = 200;

const byKind: Readonly<Record<DatabaseFailure['kind'], Meaning>> = {
  busy: { reason: 'OVERLOADED', message: 'too many calls wait for the database' },
  unreachable: { reason: 'BACKEND_UNAVAILABLE', message: gone },
  lost: { reason: 'BACKEND_UNAVAILABLE', message: gone },
  unreplicated: { reason: 'BACKEND_UNAVAILABLE', message: gone },
  refused: { reason: 'INTERNAL', message: 'internal error' },
};
