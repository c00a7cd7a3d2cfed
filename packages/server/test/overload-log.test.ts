import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { anyone } from '../src/auth/principal.ts';
import type { Logger } from '../src/log.ts';
import { callLog } from '../src/rpc/call-log.ts';
import type { CallRecord } from '../src/rpc/call-record.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const record = (tenant?: string): CallRecord => ({
  requestId: 'a',
  peer: 'here',
  rpc: 'ListThreads',
  isOwn: true,
  principal: tenant === undefined ? anyone : { ...anyone, tenant },
  reason: 'OVERLOADED',
});

test('a flood of refusals is a line of the first, and one a second of how many came after it', () => {
  const warned: { fields: object; message: string }[] = [];
  let debugged = 0;
  const none = (): undefined => undefined;
  const logger: Logger = {
    debug: () => void (debugged += 1),
    info: none,
    warn: (fields, message) => void warned.push({ fields, message }),
    error: none,
  };
  const log = callLog(logger);
  const refuse = (tenant?: string): void => log.ended(record(tenant), { code: 'RESOURCE_EXHAUSTED', ms: 1 });

  for (const tenant of [undefined, 'b', 'a', 'a', undefined]) refuse(tenant);
  expect(warned.splice(0)).toMatchObject([{ fields: { rpc: 'ListThreads', requestId: 'a' }, message: 'call failed' }]);
  vi.advanceTimersByTime(1_000);
  expect(warned.splice(0)).toEqual([
    { fields: { reason: 'OVERLOADED', calls: 4, tenants: { a: 2, b: 1 } }, message: 'calls refused' },
  ]);
  refuse();
  vi.advanceTimersByTime(1_000);
  expect(warned.splice(0)).toEqual([{ fields: { reason: 'OVERLOADED', calls: 1 }, message: 'calls refused' }]);
  expect(debugged).toBe(5);

  // A second without any ends it.
  vi.advanceTimersByTime(1_000);
  expect(warned).toEqual([]);
  refuse();
  expect(warned).toMatchObject([{ message: 'call failed' }]);
});
