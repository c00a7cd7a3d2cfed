import { expect, test } from 'vitest';
import { KeyedOrder } from '../src/keyed-order.ts';

/** Work that begins when the order says so and ends when the test does. */
function work(log: string[], name: string) {
  const gate = Promise.withResolvers<void>();
  return {
    end: gate.resolve,
    run: async (): Promise<string> => {
      log.push(name);
      await gate.promise;
      return name;
    },
  };
}

test('together: begins in the order of the calls, without waiting', async () => {
  const order = new KeyedOrder();
  const log: string[] = [];
  const [first, second] = [work(log, 'first'), work(log, 'second')];
  const results = [order.together('a', first.run), order.together('a', second.run)];
  expect(log).toEqual(['first', 'second']);
  second.end();
  first.end();
  expect(await Promise.all(results)).toEqual(['first', 'second']);
});

test('alone: after everything before it, and before everything after it', async () => {
  const order = new KeyedOrder();
  const log: string[] = [];
  const [before, barrier, after, last] = ['before', 'barrier', 'after', 'last'].map((name) => work(log, name));
  if (!before || !barrier || !after || !last) throw new Error('unreachable');
  const results = [
    order.together('a', before.run),
    order.alone('a', barrier.run),
    order.together('a', after.run),
    order.alone('a', last.run),
  ];
  expect(log).toEqual(['before']);
  before.end();
  await results[0];
  expect(log).toEqual(['before', 'barrier']);
  barrier.end();
  await results[1];
  expect(log).toEqual(['before', 'barrier', 'after']);
  after.end();
  last.end();
  expect(await Promise.all(results)).toEqual(['before', 'barrier', 'after', 'last']);
  expect(log).toEqual(['before', 'barrier', 'after', 'last']);
});

test('what goes together does not overtake what waits to go alone', async () => {
  const order = new KeyedOrder();
  const log: string[] = [];
  const [before, barrier, after] = [work(log, 'before'), work(log, 'barrier'), work(log, 'after')];
  const all = [order.together('a', before.run), order.alone('a', barrier.run), order.together('a', after.run)];
  for (const each of [before, barrier, after]) each.end();
  await Promise.all(all);
  expect(log).toEqual(['before', 'barrier', 'after']);
});

test('another key does not wait', async () => {
  const order = new KeyedOrder();
  const gate = Promise.withResolvers<void>();
  const stuck = order.alone('a', () => gate.promise);
  expect(await order.alone('b', () => Promise.resolve('done'))).toBe('done');
  gate.resolve();
  await stuck;
});

test('a failure is its own: the next one runs', async () => {
  const order = new KeyedOrder();
  const failed = order.alone('a', () => Promise.reject(new Error('no')));
  const thrown = order.together('a', () => {
    throw new Error('at once');
  });
  const next = order.alone('a', () => Promise.resolve('yes'));
  await expect(failed).rejects.toThrow('no');
  await expect(thrown).rejects.toThrow('at once');
  expect(await next).toBe('yes');
});

test('a long line keeps its order, and takes time by its length alone', async () => {
  const order = new KeyedOrder();
  const gate = Promise.withResolvers<void>();
  const begun: number[] = [];
  const count = 200_000;
  const first = order.alone('a', () => gate.promise);
  const all = Array.from({ length: count }, (_, index) =>
    order.together('a', () => {
      begun.push(index);
      return Promise.resolve();
    }),
  );
  const start = performance.now();
  gate.resolve();
  await first;
  await Promise.all(all);
  // A third of a second. By its square, it was eleven.
  expect(performance.now() - start).toBeLessThan(4_000);
  expect(begun.every((index, at) => index === at)).toBe(true);
  expect(begun).toHaveLength(count);
});
