import { describe, expect, test } from 'vitest';
import { DatabaseFailure, type FailureKind } from '../src/database.ts';
import { isRepeated, isUndone, storeError } from '../src/sqlstate.ts';

interface Case {
  readonly what: string;
  readonly code?: string;
  readonly severity?: string;
  readonly reason: string;
  readonly effect: 'none' | 'unknown';
}

/** What a server answers to a write that would end its transaction. */
const answers: readonly Case[] = [
  { what: 'a lock timeout', code: '55P03', reason: 'BACKEND_UNAVAILABLE', effect: 'none' },
  { what: 'a statement timeout', code: '57014', reason: 'BACKEND_UNAVAILABLE', effect: 'none' },
  { what: 'a serialization failure', code: '40001', reason: 'BACKEND_UNAVAILABLE', effect: 'none' },
  { what: 'a deadlock', code: '40P01', reason: 'BACKEND_UNAVAILABLE', effect: 'none' },
  { what: 'a read-only transaction', code: '25006', reason: 'BACKEND_UNAVAILABLE', effect: 'none' },
  { what: 'a full disk', code: '53100', reason: 'STORAGE_FULL', effect: 'none' },
  { what: 'want of memory', code: '53200', reason: 'BACKEND_UNAVAILABLE', effect: 'none' },
  { what: 'damaged data', code: 'XX001', reason: 'DATA_CORRUPTED', effect: 'none' },
  { what: 'a damaged index', code: 'XX002', reason: 'DATA_CORRUPTED', effect: 'none' },
  { what: 'a constraint', code: '23505', reason: 'INTERNAL', effect: 'none' },
  { what: 'an error of a class that nobody knows', code: 'ZZ000', reason: 'INTERNAL', effect: 'none' },
  // Worse than ERROR: the session is over, and the commit may have been done.
  { what: 'a full disk for the log', code: '53100', severity: 'PANIC', reason: 'OUTCOME_UNKNOWN', effect: 'unknown' },
  { what: 'a damaged log', code: 'XX001', severity: 'PANIC', reason: 'OUTCOME_UNKNOWN', effect: 'unknown' },
  { what: 'a fault in the server', code: 'XX000', severity: 'FATAL', reason: 'OUTCOME_UNKNOWN', effect: 'unknown' },
  { what: 'a wrong text', code: '22021', severity: 'PANIC', reason: 'OUTCOME_UNKNOWN', effect: 'unknown' },
  { what: 'a cancelled statement', code: '57014', severity: 'FATAL', reason: 'OUTCOME_UNKNOWN', effect: 'unknown' },
  { what: 'a shutdown', code: '57P01', severity: 'FATAL', reason: 'OUTCOME_UNKNOWN', effect: 'unknown' },
  { what: 'a crash of the server', code: '57P02', severity: 'FATAL', reason: 'OUTCOME_UNKNOWN', effect: 'unknown' },
  { what: 'a start of the server', code: '57P03', severity: 'FATAL', reason: 'OUTCOME_UNKNOWN', effect: 'unknown' },
  { what: 'a broken protocol', code: '08P01', severity: 'FATAL', reason: 'OUTCOME_UNKNOWN', effect: 'unknown' },
  // Of one language only: the code decides.
  {
    what: 'a deadlock, told in German',
    code: '40P01',
    severity: 'FEHLER',
    reason: 'BACKEND_UNAVAILABLE',
    effect: 'none',
  },
  {
    what: 'a full disk, told in German',
    code: '53100',
    severity: 'FEHLER',
    reason: 'OUTCOME_UNKNOWN',
    effect: 'unknown',
  },
  // Postgres ends an idle session with a FATAL, before it has read the commit.
  {
    what: 'a transaction that was idle',
    code: '25P03',
    severity: 'FATAL',
    reason: 'BACKEND_UNAVAILABLE',
    effect: 'none',
  },
];

/** Without an answer, by how the database failed. */
const silence: readonly (Case & { readonly kind: FailureKind; readonly mayBeCommitted: boolean })[] = [
  {
    what: 'no connection left',
    kind: 'unreachable',
    mayBeCommitted: false,
    code: '53300',
    reason: 'BACKEND_UNAVAILABLE',
    effect: 'none',
  },
  {
    what: 'a server that starts',
    kind: 'unreachable',
    mayBeCommitted: false,
    code: '57P03',
    reason: 'BACKEND_UNAVAILABLE',
    effect: 'none',
  },
  {
    what: 'a wrong password',
    kind: 'unreachable',
    mayBeCommitted: false,
    code: '28P01',
    reason: 'BACKEND_UNAVAILABLE',
    effect: 'none',
  },
  {
    what: 'nobody who listens',
    kind: 'unreachable',
    mayBeCommitted: false,
    code: 'ECONNREFUSED',
    reason: 'BACKEND_UNAVAILABLE',
    effect: 'none',
  },
  { what: 'no answer in time', kind: 'lost', mayBeCommitted: true, reason: 'OUTCOME_UNKNOWN', effect: 'unknown' },
  {
    what: 'a reset connection',
    kind: 'lost',
    mayBeCommitted: true,
    code: 'ECONNRESET',
    reason: 'OUTCOME_UNKNOWN',
    effect: 'unknown',
  },
  {
    what: 'a connection lost before the commit',
    kind: 'lost',
    mayBeCommitted: false,
    reason: 'BACKEND_UNAVAILABLE',
    effect: 'none',
  },
  {
    what: 'a cancelled wait for the standby',
    kind: 'unreplicated',
    mayBeCommitted: true,
    reason: 'OUTCOME_UNKNOWN',
    effect: 'unknown',
  },
];

describe('what a failed write is told', () => {
  test.each(answers)('$what ($code, $severity)', ({ code, severity = 'ERROR', reason, effect }) => {
    const failure = isUndone(code, severity)
      ? new DatabaseFailure({ kind: 'refused', code, mayBeCommitted: false })
      : new DatabaseFailure({ kind: 'lost', code, mayBeCommitted: true });
    expect(storeError(failure, 'write')).toMatchObject({ reason, effect, cause: failure });
    expect(storeError(failure, 'read').effect).toBe('none');
    expect(isRepeated(failure)).toBe(code === '40001' || code === '40P01');
  });

  test.each(silence)('$what', ({ kind, code, mayBeCommitted, reason, effect }) => {
    const failure = new DatabaseFailure({ kind, code, mayBeCommitted });
    expect(storeError(failure, 'write')).toMatchObject({ reason, effect, cause: failure });
    expect(storeError(failure, 'read').effect).toBe('none');
    expect(isRepeated(failure)).toBe(false);
  });
});
