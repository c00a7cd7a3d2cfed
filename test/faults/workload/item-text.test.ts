import { expect, test } from 'vitest';
import { Random } from '../random.ts';
import { hashOf, itemText, readItem } from './item-text.ts';

test('an item is a JSON object that says what it is, whatever it is padded with', () => {
  const random = new Random(1);
  const lengths = new Set<number>();
  for (let k = 0; k < 1_000; k += 1) {
    const text = itemText({ op: 'w/1', epoch: 2, sequence: 3, k }, random);
    expect(JSON.parse(text)).toMatchObject({ type: 'soak', op: 'w/1', epoch: 2, sequence: 3, k });
    expect(text.isWellFormed()).toBe(true);
    expect(readItem(text)).toEqual([hashOf(text), 'w/1', k]);
    lengths.add(Math.floor(text.length / 1_024));
  }
  expect(lengths.size).toBeGreaterThan(2);
});

test.each(['{"type":"soak"', '{"type":"other"}', 'null', '{"op":1,"k":0}'])('%s says nothing of itself', (text) => {
  expect(readItem(text)).toEqual([hashOf(text), '', 0]);
});
