import { expect, test } from 'vitest';
import {
  errorOutcomes,
  errorReasonCodes,
  mayHaveEffect,
  ThreadStoreError,
  type ThreadStoreErrorReason,
} from '../src/index.ts';
import * as internal from '../src/internal.ts';

const threadId = '0199a5f0-7c1e-7000-8000-000000000001';
const now = new Date('2026-01-02T03:04:05.678Z');
const lease = { holder: 'a\nb', since: now, until: new Date(now.getTime() + 1_500) };

const made: readonly [ThreadStoreErrorReason, ThreadStoreError][] = [
  ['THREAD_NOT_FOUND', internal.threadNotFound(threadId)],
  ['THREAD_DELETED', internal.threadDeleted(threadId)],
  ['THREAD_ARCHIVED', internal.threadArchived(threadId)],
  ['THREAD_EXISTS', internal.threadExists(threadId)],
  ['THREAD_ID_USED', internal.threadIdUsed(threadId)],
  ['WRITER_LIVE', internal.writerLive(7n, lease, now)],
  ['FENCED', internal.fenced(6n, 7n)],
  ['EPOCH_NOT_GRANTED', internal.epochNotGranted(8n, 7n)],
  ['WRITER_RELEASED', internal.writerReleased(7n)],
  ['SEQUENCE_GAP', internal.sequenceGap(4n, 3n)],
  ['SEQUENCE_REUSED', internal.sequenceReused(4n)],
  ['OPERATION_REUSED', internal.operationReused('an id')],
  ['TURN_IN_PROGRESS', internal.turnInProgress(threadId, 'roll back')],
  ['UNSUPPORTED_OPERATION', internal.operationLacking('listTurns')],
  ['INVALID_FIELD', internal.invalidField('a', 'must be b')],
  ['LIMIT_EXCEEDED', internal.limitExceeded({ field: 'a', limit: 'itemBytesMax', max: 1, got: 2 })],
  ['ITEM_NOT_JSON', internal.itemNotJson('items[3]', 118)],
  ['NOT_UNICODE', internal.notUnicode('a')],
  ['INVALID_CURSOR', internal.invalidCursor()],
  ['CURSOR_MISMATCH', internal.cursorMismatch()],
  ['STORE_CLOSED', internal.storeClosed()],
  ['DEADLINE_EXCEEDED', internal.abortError(AbortSignal.abort(new DOMException('', 'TimeoutError')), 'none')],
  ['CANCELLED', internal.abortError(AbortSignal.abort(), 'none')],
];

test.for(made)('%s has its code, no effect and a message of one line', ([reason, error]) => {
  expect(error).toBeInstanceOf(ThreadStoreError);
  expect(error).toMatchObject({ name: 'ThreadStoreError', reason, code: errorReasonCodes[reason], effect: 'none' });
  expect(error.remote).toBe(false);
  expect(error.message).toMatch(/^[^\n]{1,200}$/);
});

test('the documented codes of all reasons', () => {
  expect(errorReasonCodes).toEqual({
    THREAD_NOT_FOUND: 'not_found',
    THREAD_DELETED: 'not_found',
    INVALID_FIELD: 'invalid_request',
    LIMIT_EXCEEDED: 'invalid_request',
    ITEM_NOT_JSON: 'invalid_request',
    NOT_UNICODE: 'invalid_request',
    INVALID_CURSOR: 'invalid_request',
    CURSOR_MISMATCH: 'invalid_request',
    THREAD_ARCHIVED: 'invalid_request',
    THREAD_EXISTS: 'conflict',
    THREAD_ID_USED: 'conflict',
    WRITER_LIVE: 'conflict',
    FENCED: 'conflict',
    EPOCH_NOT_GRANTED: 'conflict',
    WRITER_RELEASED: 'conflict',
    SEQUENCE_GAP: 'conflict',
    SEQUENCE_REUSED: 'conflict',
    OPERATION_REUSED: 'conflict',
    TURN_IN_PROGRESS: 'conflict',
    UNSUPPORTED_OPERATION: 'unsupported',
    REQUEST_TOO_LARGE: 'resource_exhausted',
    OVERLOADED: 'resource_exhausted',
    STORE_CLOSED: 'unavailable',
    BACKEND_UNAVAILABLE: 'unavailable',
    DRAINING: 'unavailable',
    STORAGE_FULL: 'unavailable',
    OUTCOME_UNKNOWN: 'unavailable',
    UNAUTHENTICATED: 'unauthenticated',
    PERMISSION_DENIED: 'permission_denied',
    DEADLINE_EXCEEDED: 'deadline_exceeded',
    CANCELLED: 'cancelled',
    DATA_CORRUPTED: 'data_loss',
    INTERNAL: 'internal',
  });
});

test('the documented outcomes: what may have been done, and what may be tried again', () => {
  const reasons = Object.keys(errorOutcomes) as ThreadStoreErrorReason[];
  expect(reasons).toEqual(Object.keys(errorReasonCodes));
  const mayBeDone = reasons.filter((reason) => mayHaveEffect(reason, 'unknown'));
  expect(mayBeDone).toEqual([
    'REQUEST_TOO_LARGE',
    'OUTCOME_UNKNOWN',
    'UNAUTHENTICATED',
    'DEADLINE_EXCEEDED',
    'CANCELLED',
    'INTERNAL',
  ]);
  expect(reasons.filter((reason) => !mayHaveEffect(reason, 'none'))).toEqual(['OUTCOME_UNKNOWN']);
  const repeatable = reasons.filter((reason) => errorOutcomes[reason].repeat !== 'never');
  expect(Object.fromEntries(repeatable.map((reason) => [reason, errorOutcomes[reason].repeat]))).toEqual({
    OVERLOADED: 'whenTold',
    BACKEND_UNAVAILABLE: 'paused',
    DRAINING: 'paused',
    STORAGE_FULL: 'whenTold',
    OUTCOME_UNKNOWN: 'paused',
    DEADLINE_EXCEEDED: 'atOnce',
    CANCELLED: 'atOnce',
  });
});

test('an error that does not say its effect has the one that its reason allows', () => {
  const effectOf = (reason: ThreadStoreErrorReason): string => new ThreadStoreError({ reason, message: 'x' }).effect;
  expect(effectOf('OUTCOME_UNKNOWN')).toBe('unknown');
  expect(effectOf('INTERNAL')).toBe('none');
  expect(effectOf('FENCED')).toBe('none');
});

test('a conflict carries what was expected and what is', () => {
  expect(internal.writerLive(7n, lease, now)).toMatchObject({
    details: { holder: 'a\nb', leaseUntil: '2026-01-02T03:04:07.178Z', actual: '7' },
    retryAfterMs: 1_500,
  });
  expect(internal.fenced(6n, 7n).details).toEqual({ expected: '6', actual: '7' });
  expect(internal.epochNotGranted(8n, 7n).details).toEqual({ expected: '8', actual: '7' });
  expect(internal.writerReleased(7n).details).toEqual({ actual: '7' });
  expect(internal.sequenceGap(4n, 3n).details).toEqual({ expected: '3', actual: '4' });
  expect(internal.sequenceReused(4n).details).toEqual({ actual: '4' });
  expect(internal.operationReused('an id').details).toEqual({ operationId: 'an id' });
});

test('a judged writer', () => {
  const state = { epoch: 3n, lease };
  expect(internal.judgeWriter(state, 3n)).toBeNull();
  expect(internal.judgeWriter(state, 2n)?.reason).toBe('FENCED');
  expect(internal.judgeWriter(state, 4n)?.reason).toBe('EPOCH_NOT_GRANTED');
  expect(internal.judgeWriter({ epoch: 3n, lease: null }, 3n)?.reason).toBe('WRITER_RELEASED');
  expect(internal.judgeWriter({ epoch: 3n, lease: null }, 2n)?.reason).toBe('FENCED');
  expect(internal.judgeEpoch(3n, 3n)).toBeNull();
});
