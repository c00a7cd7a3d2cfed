import { expect, test } from 'vitest';
import { StoreLifecycle } from '../src/store-lifecycle.ts';
import { failure, rejection } from './failure.ts';

test('calls after the end are refused, and do no work', async () => {
  const lifecycle = new StoreLifecycle();
  expect(await lifecycle.run(() => 1)).toBe(1);
  await lifecycle.close();
  expect(lifecycle.closed).toBe(true);
  expect(failure(() => lifecycle.enter())).toMatchObject({
    code: 'unavailable',
    reason: 'STORE_CLOSED',
    effect: 'none',
  });
  let worked = false;
  const call = lifecycle.run(() => {
    worked = true;
  });
  expect((await rejection(call)).reason).toBe('STORE_CLOSED');
  expect(worked).toBe(false);
});

test('the end waits for calls under way, failed ones too, and releases once', async () => {
  const lifecycle = new StoreLifecycle();
  const gate = Promise.withResolvers<void>();
  const log: string[] = [];
  const good = lifecycle.run(async () => {
    await gate.promise;
    log.push('good');
  });
  const bad = lifecycle.run(async () => {
    await gate.promise;
    log.push('bad');
    throw new Error('bad');
  });
  const release = (): Promise<void> => {
    log.push('released');
    return Promise.resolve();
  };
  const closing = lifecycle.close(release);
  const again = lifecycle.close(release);
  // A call that began before goes on, one that begins now does not.
  expect((await rejection(lifecycle.run(() => 1))).reason).toBe('STORE_CLOSED');
  expect(log).toEqual([]);
  gate.resolve();
  await good;
  await expect(bad).rejects.toThrow('bad');
  await Promise.all([closing, again]);
  expect(log).toEqual(['good', 'bad', 'released']);
});
