import { errorOutcomes, ThreadStoreError, type ErrorEffect, type ThreadStoreErrorReason } from '@threadstore/core';
import { describe, expect, test } from 'vitest';
import { anyone } from '../src/auth/principal.ts';
import type { CallRecord } from '../src/rpc/call-record.ts';
import { isFault, told } from '../src/rpc/told.ts';

const record: CallRecord = {
  requestId: 'request-1',
  peer: '127.0.0.1:1',
  rpc: 'AppendItems',
  isOwn: true,
  principal: anyone,
};
const reasons = Object.keys(errorOutcomes) as ThreadStoreErrorReason[];
const secret = new Error('insert into items values (secret)');
const failed = (reason: ThreadStoreErrorReason, effect: ErrorEffect): ThreadStoreError =>
  new ThreadStoreError({ reason, effect, message: 'what went wrong', cause: secret });

describe('what a caller is told', () => {
  test.each(reasons)('%s is told with the effects that it may have, and no other', (reason) => {
    for (const effect of ['none', 'unknown'] as const) {
      const { effect: only } = errorOutcomes[reason];
      const fits = only === 'either' || only === effect;
      const answer = told(failed(reason, effect), record);
      const expected = reason === 'STORE_CLOSED' ? 'DRAINING' : reason;
      expect(answer).toMatchObject(fits ? { reason: expected, effect } : { reason: 'INTERNAL', effect: 'unknown' });
    }
  });

  test('a fault comes with the request id, by which the log has its cause, and a refusal with it', () => {
    const details = { requestId: 'request-1' };
    const internal = "internal error, see request request-1 in the service's log";
    expect(told(secret, record)).toMatchObject({ reason: 'INTERNAL', effect: 'unknown', message: internal, details });
    expect(told(failed('INTERNAL', 'none'), record)).toMatchObject({ message: internal, effect: 'none', details });
    const damaged = told(failed('DATA_CORRUPTED', 'none'), record);
    expect(damaged).toMatchObject({ message: 'what went wrong', details, cause: secret });
    expect([told(secret, record), damaged].every(isFault)).toBe(true);
    const refusal = new ThreadStoreError({
      reason: 'OVERLOADED',
      message: 'too much',
      details: { field: 'items' },
      retryAfterMs: 7,
    });
    expect(told(refusal, record)).toEqual(
      new ThreadStoreError({
        reason: 'OVERLOADED',
        message: 'too much',
        details: { requestId: 'request-1', field: 'items' },
        retryAfterMs: 7,
      }),
    );
    expect(isFault(refusal)).toBe(false);
  });
});
