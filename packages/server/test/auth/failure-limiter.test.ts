import { expect, test } from 'vitest';
import { FailureLimiter } from '../../src/auth/failure-limiter.ts';

test('an address may fail so often at once, and again when time has passed', () => {
  const limiter = new FailureLimiter({ burst: 3, everyMs: 1_000 });
  for (let count = 0; count < 3; count += 1) {
    expect(limiter.waitMs('10.0.0.1:1', 0)).toBe(0);
    limiter.failed(`10.0.0.1:${count}`, 0);
  }
  expect(limiter.waitMs('10.0.0.1:9', 0)).toBe(1_000);
  expect(limiter.waitMs('10.0.0.1:9', 400)).toBe(600);
  expect(limiter.waitMs('10.0.0.1:9', 1_000)).toBe(0);
  expect(limiter.waitMs('10.0.0.2:1', 0)).toBe(0);
});

test.each([
  ['[2001:db8:1:2::1]:1', '[2001:db8:1:2:ffff::9]:2', true],
  ['2001:db8:1:2::1:1', '2001:db8:1:3::1:1', false],
  ['[::ffff:10.0.0.1]:1', '10.0.0.1:2', true],
  ['[::1]:1', '[::2]:1', true],
])('%s and %s: one address is %s', (one, other, isSame) => {
  const limiter = new FailureLimiter({ burst: 1, everyMs: 1_000 });
  limiter.failed(one, 0);
  expect(limiter.waitMs(other, 0) > 0).toBe(isSame);
});

test('does no more at once for an address than a hundred things that may fail, and as much for another', async () => {
  const limiter = new FailureLimiter();
  let done = 0;
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const attempt = (peer: string): Promise<number | undefined> =>
    limiter.within(peer, async () => {
      await held;
      return (done += 1);
    });
  const attempts = Array.from({ length: 150 }, (_one, port) => attempt(`10.0.0.1:${port}`));
  const other = attempt('10.0.0.2:1');
  release();
  expect((await Promise.all(attempts)).filter((one) => one === undefined)).toHaveLength(50);
  expect(await other).toBe(101);
  expect(await attempt('10.0.0.1:1')).toBe(102);
  await expect(limiter.within('10.0.0.1:1', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('keeps no more addresses in mind than it may', () => {
  const limiter = new FailureLimiter({ burst: 1, everyMs: 60_000, addressesMax: 100 });
  for (let host = 0; host < 1_000; host += 1) limiter.failed(`10.0.${host >> 8}.${host & 255}:1`, 0);
  const kept = Array.from({ length: 1_000 }, (_one, host) => limiter.waitMs(`10.0.${host >> 8}.${host & 255}:1`, 0));
  expect(kept.filter((ms) => ms > 0)).toHaveLength(100);
  expect(kept.slice(-100).every((ms) => ms > 0)).toBe(true);
});
