import { describe, expect, test } from 'vitest';
import { checkAppendItems } from '../src/checks/append.ts';
import { resolveLeaseDuration, resolveLimits } from '../src/checks/limits.ts';
import { checkReadThread, checkStreamHistory } from '../src/checks/read.ts';
import { checkArchiveThread } from '../src/checks/update.ts';
import { checkCreateThread, checkResumeThread, checkWriterRef } from '../src/checks/writer.ts';
import { defaultLimits, type CreateThreadParams, type ResumeThreadParams, type WriterRef } from '../src/index.ts';
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
  expect(checkArchiveThread({ threadId })).toEqual({ threadId, epoch: null });
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
      includeArchived: false,
    });
  });

  test.for(['wait', null, 0])('takeover can not be %j', (takeover) => {
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
