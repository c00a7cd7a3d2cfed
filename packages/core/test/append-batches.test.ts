import { expect, test } from 'vitest';
import { appendBatches } from '../src/append-batches.ts';

const cut = (items: readonly string[], batchItemsMax: number, appendBytesMax: number): string[][] =>
  [...appendBatches(items, { batchItemsMax, appendBytesMax })].map(({ from, until }) => items.slice(from, until));

test('items are cut by their number and by their bytes, in their order', () => {
  expect(cut([], 2, 10)).toEqual([]);
  expect(cut(['a', 'b', 'c', 'd', 'e'], 2, 10)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect(cut(['aaaa', 'bbbb', 'cc', 'dddd'], 9, 10)).toEqual([['aaaa', 'bbbb', 'cc'], ['dddd']]);
  expect(cut(['żżżżż', 'a'], 9, 10)).toEqual([['żżżżż'], ['a']]);
});

test('an item over the limit is one by itself', () => {
  expect(cut(['a', 'x'.repeat(20), 'b'], 9, 10)).toEqual([['a'], ['x'.repeat(20)], ['b']]);
});
