import { expect, test } from 'vitest';
import { KeyedQueue } from '../src/keyed-queue.ts';

test('one key: in the order of the calls, one at a time', async () => {
  const queue = new KeyedQueue();
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = queue.run('a', async () => {
    log.push('first begins');
    await gate.promise;
    log.push('first ends');
    return 1;
  });
  const second = queue.run('a', () => {
    log.push('second');
    return Promise.resolve(2);
  });
  expect(log).toEqual(['first begins']);
  gate.resolve();
  expect(await Promise.all([first, second])).toEqual([1, 2]);
  expect(log).toEqual(['first begins', 'first ends', 'second']);
});

test('another key does not wait', async () => {
  const queue = new KeyedQueue();
  const gate = Promise.withResolvers<void>();
  const stuck = queue.run('a', () => gate.promise);
  expect(await queue.run('b', () => Promise.resolve('done'))).toBe('done');
  gate.resolve();
  await stuck;
});

test('a failure is its own: the next one runs', async () => {
  const queue = new KeyedQueue();
  const failed = queue.run('a', () => Promise.reject(new Error('no')));
  const thrown = queue.run('a', () => {
    throw new Error('at once');
  });
  const next = queue.run('a', () => Promise.resolve('yes'));
  await expect(failed).rejects.toThrow('no');
  await expect(thrown).rejects.toThrow('at once');
  expect(await next).toBe('yes');
});

test('idle waits for what was given before, well ended or not, and for nothing later', async () => {
  const queue = new KeyedQueue();
  await queue.idle('a');
  const gate = Promise.withResolvers<void>();
  const later = Promise.withResolvers<void>();
  const failed = queue.run('a', async () => {
    await gate.promise;
    throw new Error('no');
  });
  let isIdle = false;
  const idle = queue.idle('a').then(() => {
    isIdle = true;
  });
  const behind = queue.run('a', () => later.promise);
  await Promise.resolve();
  expect(isIdle).toBe(false);
  gate.resolve();
  await expect(failed).rejects.toThrow('no');
  await idle;
  later.resolve();
  await behind;
});
