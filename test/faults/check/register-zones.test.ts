import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type RegisterOperation, registerFaults } from './register-zones.ts';

/** Whether there is an order of the operations that a register would have; found by trying them all. */
function isLinearizable(operations: readonly RegisterOperation[], value?: string): boolean {
  if (operations.every(({ endedAt }) => endedAt === Infinity)) return true;
  const firstEnd = Math.min(...operations.map(({ endedAt }) => endedAt));
  return operations.some((next) => {
    if (next.at > firstEnd || (next.kind === 'read' && next.value !== value)) return false;
    return isLinearizable(
      operations.filter((other) => other !== next),
      next.value,
    );
  });
}

/** Up to five writes, each of another value, and some reads of these values; no two times are the same. */
const histories = fc
  .record({
    times: fc.uniqueArray(fc.integer({ min: 0, max: 1_000 }), { minLength: 20, maxLength: 20 }),
    writes: fc.integer({ min: 1, max: 5 }),
    reads: fc.array(fc.nat(4), { maxLength: 5 }),
    unknown: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    length: fc.integer({ min: 1, max: 10 }),
  })
  .map(({ times, writes, reads, unknown, length }) => {
    const values = [...Array.from({ length: writes }, (_one, index) => index), ...reads.map((read) => read % writes)];
    // Short ones, so that many come one after the other.
    const sorted = length < 6 ? times.toSorted((a, b) => a - b) : times;
    return values.map((value, index): RegisterOperation => {
      const [a = 0, b = 0] = sorted.slice(2 * index, 2 * index + 2);
      const kind = index < writes ? 'write' : 'read';
      const endedAt = kind === 'write' && unknown[index] === true ? Infinity : Math.max(a, b);
      return { kind, value: `${value}`, at: Math.min(a, b), endedAt, by: `${index}` };
    });
  });

test('a history has a fault if, and only if, no order of its operations is that of a register', () => {
  let [faulty, sound] = [0, 0];
  fc.assert(
    fc.property(histories, (operations) => {
      const linearizable = isLinearizable(operations);
      if (linearizable) sound += 1;
      else faulty += 1;
      expect(registerFaults(operations).length === 0).toBe(linearizable);
    }),
    { numRuns: 5_000 },
  );
  expect(Math.min(faulty, sound)).toBeGreaterThan(500);
});

test('a hundred thousand operations are judged in the time that it takes to sort them', () => {
  const operations = Array.from({ length: 100_000 }, (_one, index): RegisterOperation => {
    const kind = index % 2 === 0 ? 'write' : 'read';
    return { kind, value: `${Math.floor(index / 2)}`, at: index, endedAt: index + 0.5, by: `${index}` };
  });
  expect(registerFaults(operations)).toEqual([]);
  const stale = { kind: 'read', value: '7', at: 99_999.6, endedAt: 99_999.7, by: 'stale' } as const;
  expect(registerFaults([...operations, stale]).length).toBeGreaterThan(0);
});
