import { expect, test } from 'vitest';
import { pulled } from '../src/pulled.ts';

function counting(until: number): () => Promise<number | null> {
  let made = 0;
  return async () => {
    await Promise.resolve();
    made += 1;
    return made > until ? null : made;
  };
}

test('gives what is made, until null', async () => {
  const given: number[] = [];
  for await (const value of pulled(counting(3))) given.push(value);
  expect(given).toStrictEqual([1, 2, 3]);
});

test('makes one at a time, in the order of the calls', async () => {
  let busy = 0;
  const make = counting(2);
  const values = pulled(async () => {
    busy += 1;
    expect(busy).toBe(1);
    const value = await make();
    busy -= 1;
    return value;
  });
  const results = await Promise.all([values.next(), values.next(), values.next(), values.next()]);
  expect(results.map(({ value }) => value)).toStrictEqual([1, 2, undefined, undefined]);
});

test('ends after a failure', async () => {
  const values = pulled(() => Promise.reject(new Error('gone')));
  await expect(values.next()).rejects.toThrow('gone');
  expect(await values.next()).toStrictEqual({ done: true, value: undefined });
});

test('tells its source when the consumer leaves', async () => {
  let left = 0;
  for await (const value of pulled(counting(3), async () => (left += 1))) if (value === 2) break;
  expect(left).toBe(1);
});
