import { describe, expect, test } from 'vitest';
import { checkAppendItems } from '../src/checks/append.ts';
import { resolveLeaseDuration, resolveLimits } from '../src/checks/limits.ts';
import { checkReadThread, checkStreamHistory } from '../src/checks/read.ts';
import { checkArchiveThread, checkDeleteThread } from '../src/checks/update.ts';
import { checkCreateThread, checkRenewLeases, checkResumeThread, checkWriterRef } from '../src/checks/writer.ts';
import {
  defaultLimits,
  type AppendItemsParams,
  type CreateThreadParams,
  type RenewLeasesParams,
  type ResumeThreadParams,
  type WriterRef,
} from '../src/index.ts';
import { itemFacts } from '../src/turn-index/item-facts.ts';
import { failure } from './failure.ts';

const threadId = '0199a5f0-7c1e-7000-8000-000000000001';

test('no parameters at all is a mistake of programming', () => {
  for (const params of [undefined, null, 1, 'x', []]) {
    expect(() => checkWriterRef(params as unknown as WriterRef)).toThrow(TypeError);
  }
});

test.for([1, '1', null, undefined, -1n, 2n ** 63n, 1.5])('%s is no epoch', (epoch) => {
  expect(failure(() => checkWriterRef({ threadId, epoch: epoch as bigint }))).toMatchObject({
    reason: 'INVALID_FIELD',
    details: { field: 'epoch' },
  });
});

test('bigints go from 0 to the greatest of 63 bits', () => {
  expect(checkWriterRef({ threadId, epoch: 2n ** 63n - 1n }).epoch).toBe(2n ** 63n - 1n);
  expect(checkStreamHistory({ threadId, fromOrdinal: 0n })).toMatchObject({ fromOrdinal: 0n, untilOrdinal: null });
  for (const check of [checkArchiveThread, checkDeleteThread]) {
    expect(check({ threadId })).toEqual({ threadId, epoch: null });
    expect(check({ threadId: threadId.toUpperCase(), epoch: 3n })).toEqual({ threadId, epoch: 3n });
    expect(failure(() => check({ threadId, epoch: 3 as unknown as bigint })).details).toEqual({ field: 'epoch' });
  }
  const sequence = -1n;
  expect(
    failure(() => checkAppendItems({ threadId, epoch: 1n, sequence, items: ['{"type":"a"}'] }, defaultLimits)).details,
  ).toEqual({ field: 'sequence' });
  for (const field of ['fromOrdinal', 'untilOrdinal']) {
    expect(failure(() => checkStreamHistory({ threadId, [field]: 3 })).details).toEqual({ field });
  }
});

test.for(['includeArchived', 'includeHistory'])('%s is a boolean', (field) => {
  expect(failure(() => checkReadThread({ threadId, [field]: 1 })).details).toEqual({ field });
  expect(checkReadThread({ threadId, [field]: undefined })).toMatchObject({ [field]: false });
});

describe('create', () => {
  test('what is absent is filled in', () => {
    expect(checkCreateThread({ threadId: threadId.toUpperCase() }, defaultLimits, 'me')).toEqual({
      threadId,
      holder: 'me',
      forkedFromId: null,
      parentThreadId: null,
      sessionId: null,
      originator: null,
      metadata: {},
    });
  });

  test.for([
    ['holder', 1],
    ['holder', null],
    ['holder', ''],
    ['holder', 'a\0b'],
    ['forkedFromId', 'x'],
    ['parentThreadId', 'x'],
    ['sessionId', 1],
    ['sessionId', 'a\0b'],
    ['originator', {}],
    ['metadata', 1],
    ['metadata', []],
  ] as const)('%s can not be %j', ([field, value]) => {
    const params = { threadId, [field]: value } as unknown as CreateThreadParams;
    expect(failure(() => checkCreateThread(params, defaultLimits))).toMatchObject({
      reason: 'INVALID_FIELD',
      details: { field },
    });
  });

  test('limits and Unicode of the labels', () => {
    expect(failure(() => checkCreateThread({ threadId, holder: 'é'.repeat(129) }, defaultLimits)).details).toEqual({
      field: 'holder',
      limit: 'holderBytesMax',
      max: '256',
      got: '258',
    });
    expect(failure(() => checkCreateThread({ threadId, originator: '\udc00' }, defaultLimits))).toMatchObject({
      reason: 'NOT_UNICODE',
      details: { field: 'originator' },
    });
  });

  test('a default label is cut to the limit', () => {
    const { holder } = checkCreateThread({ threadId }, resolveLimits({ holderBytesMax: 4 }), '🐎🐎🐎🐎');
    expect(Buffer.byteLength(holder)).toBeLessThanOrEqual(4);
    expect(holder.isWellFormed()).toBe(true);
  });
});

describe('resume', () => {
  test('the default leaves a running lease alone', () => {
    expect(checkResumeThread({ threadId }, defaultLimits, 'me')).toEqual({
      threadId,
      holder: 'me',
      takeover: 'fail',
      waitMs: 0,
      expectedEpoch: null,
      includeArchived: false,
    });
  });

  test('an expected epoch is one that can be granted', () => {
    const expecting = (expectedEpoch: unknown) =>
      checkResumeThread({ threadId, expectedEpoch: expectedEpoch as bigint }, defaultLimits).expectedEpoch;
    for (const epoch of [0n, 1n, 2n ** 63n - 1n]) expect(expecting(epoch)).toBe(epoch);
    for (const epoch of [-1n, 2n ** 63n, 1, '1', null]) {
      expect(failure(() => expecting(epoch)).details).toEqual({ field: 'expectedEpoch' });
    }
  });

  test('a wait has a bound', () => {
    const waiting = (waitMs?: number) =>
      checkResumeThread({ threadId, takeover: 'wait', ...(waitMs !== undefined && { waitMs }) }, defaultLimits);
    expect(waiting().waitMs).toBe(30_000);
    for (const waitMs of [0, 1, 86_400_000]) expect(waiting(waitMs)).toMatchObject({ takeover: 'wait', waitMs });
    for (const waitMs of [-1, 1.5, 86_400_001, Number.NaN, Number.POSITIVE_INFINITY, '7' as unknown as number]) {
      expect(failure(() => waiting(waitMs)).details).toEqual({ field: 'waitMs' });
    }
  });

  test.for([undefined, 'fail', 'steal'] as const)('takeover %s waits for nobody', (takeover) => {
    const params = { threadId, waitMs: 1, ...(takeover && { takeover }) };
    expect(failure(() => checkResumeThread(params, defaultLimits)).details).toEqual({ field: 'waitMs' });
  });

  test.for(['ask', null, 0])('takeover can not be %j', (takeover) => {
    const params = { threadId, takeover } as unknown as ResumeThreadParams;
    expect(failure(() => checkResumeThread(params, defaultLimits)).details).toEqual({ field: 'takeover' });
  });

  test('a path is not supported', () => {
    expect(failure(() => checkResumeThread({ threadId, rolloutPath: '/a' }, defaultLimits))).toMatchObject({
      code: 'unsupported',
      details: { operation: 'resume_thread.rollout_path' },
    });
  });
});

describe('append', () => {
  const items = ['{"type":"a"}'];
  const check = (params: object) => checkAppendItems(params as AppendItemsParams, defaultLimits);

  test('a batch is named by epoch and sequence, an external one by its operation', () => {
    const writer = { threadId, epoch: 1n, sequence: 2n, items };
    expect(check(writer)).toEqual({ ...writer, external: false, bytes: 12, facts: [null], metadata: null });
    expect(check({ ...writer, external: false })).toEqual(check(writer));
    const said = { type: 'event_msg', payload: { type: 'user_message', message: 'x' } };
    const batch = { ...writer, items: [...items, JSON.stringify(said)] };
    expect(check(batch).facts).toEqual([null, itemFacts(said)]);
    const external = { threadId, external: true, operationId: 'ö', items };
    expect(check(external)).toEqual({ ...external, bytes: 12, facts: [null], metadata: null });
  });

  test.for<[string, object]>([
    ['external', { external: 1 }],
    ['operationId', { operationId: 'x', epoch: 1n, sequence: 0n }],
    ['epoch', { external: true, operationId: 'x', epoch: 1n }],
    ['sequence', { external: true, operationId: 'x', sequence: 0n }],
    ['operationId', { external: true }],
    ['operationId', { external: true, operationId: '' }],
    ['operationId', { external: true, operationId: 7 }],
    ['operationId', { external: true, operationId: null }],
    ['operationId', { external: true, operationId: 'a\0b' }],
  ])('%s is wrong in %o', ([field, params]) => {
    expect(failure(() => check({ threadId, items, ...params }))).toMatchObject({
      reason: 'INVALID_FIELD',
      details: { field },
    });
  });

  test('limits and Unicode of an operation id', () => {
    const external = { threadId, external: true, items };
    expect(check({ ...external, operationId: 'é'.repeat(128) })).toMatchObject({ external: true });
    expect(failure(() => check({ ...external, operationId: 'é'.repeat(129) })).details).toEqual({
      field: 'operationId',
      limit: 'operationIdBytesMax',
      max: '256',
      got: '258',
    });
    expect(failure(() => check({ ...external, operationId: '\udc00' })).reason).toBe('NOT_UNICODE');
  });
});

describe('renewal', () => {
  const check = (writers: unknown) =>
    checkRenewLeases({ writers } as RenewLeasesParams, resolveLimits({ writersMax: 2 }));

  test('of none, and of some', () => {
    expect(check([])).toEqual([]);
    expect(check([{ threadId: threadId.toUpperCase(), epoch: 1n, more: 1 }])).toEqual([{ threadId, epoch: 1n }]);
  });

  test.for<[string, unknown]>([
    ['writers', undefined],
    ['writers', null],
    ['writers', {}],
    ['writers[0]', [null]],
    ['writers[0]', [threadId]],
    ['writers[0].epoch', [{ threadId }]],
    [
      'writers[1].threadId',
      [
        { threadId, epoch: 1n },
        { threadId: 'x', epoch: 1n },
      ],
    ],
  ])('%s is wrong', ([field, writers]) => {
    expect(failure(() => check(writers))).toMatchObject({ reason: 'INVALID_FIELD', details: { field } });
  });

  test('of too many', () => {
    expect(failure(() => check(Array.from({ length: 3 }, () => ({ threadId, epoch: 1n })))).details).toEqual({
      field: 'writers',
      limit: 'writersMax',
      max: '2',
      got: '3',
    });
  });
});

test('limits and durations of a store are positive integers, a lease lasts a day at most', () => {
  expect(resolveLimits({ itemBytesMax: 5 })).toEqual({ ...defaultLimits, itemBytesMax: 5 });
  expect(resolveLeaseDuration()).toBe(30_000);
  expect(resolveLeaseDuration(86_400_000)).toBe(86_400_000);
  expect(() => resolveLeaseDuration(86_400_001)).toThrow(RangeError);
  for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => resolveLimits({ itemBytesMax: value })).toThrow(RangeError);
    expect(() => resolveLeaseDuration(value)).toThrow(RangeError);
  }
});
