import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { argumentsFrom } from '../src/arguments.ts';
import { timingOf } from '../src/contenders/pgbench.ts';
import { item, itemBytes } from '../src/item.ts';
import { withResults } from '../src/report/results-page.ts';
import { workloadNames } from '../src/workloads/workloads.ts';

test('without arguments all workloads are run and the page is written', () => {
  expect(argumentsFrom([])).toEqual({ names: workloadNames, seconds: 4, rounds: 5, scale: 1, write: true });
});

test('some workloads are run as asked for', () => {
  expect(argumentsFrom(['read', 'append', '--seconds', '0.5', '--rounds', '3', '--scale=0.1', '--no-write'])).toEqual({
    names: ['read', 'append'],
    seconds: 0.5,
    rounds: 3,
    scale: 0.1,
    write: false,
  });
});

test.each([
  [['appendd'], /^no such workload \(got appendd, known append, /],
  [['toString'], /^no such workload/],
  [['--rounds', '1.5'], /^--rounds: must be an integer/],
  [['--seconds', '0'], /^--seconds: must be a number above 0 \(got 0\)$/],
  [['--seconds', 'x'], /^--seconds/],
  [['--second', '1'], /--second/],
])('%j is refused', (args, message) => {
  expect(() => argumentsFrom(args)).toThrow(message);
});

test('the page has a place for each workload', () => {
  const page = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const name of workloadNames) expect(withResults(page, name, 'x')).toContain(`<!-- ${name} -->\n\nx\n\n<!-- /`);
});

test('the item has the size that it says, and is an item', () => {
  expect(Buffer.byteLength(item)).toBe(itemBytes);
  expect(JSON.parse(item)).toMatchObject({ type: 'response_item' });
});

test('the summary of pgbench is understood', () => {
  const summary = `transaction type: script.sql
number of transactions actually processed: 52400
number of failed transactions: 0 (0.000%)
latency average = 1.221 ms
tps = 26200.000000 (without initial connection time)
`;
  expect(timingOf(summary)).toEqual({ items: 52_400, seconds: 2 });
  expect(() => timingOf('pgbench (17)')).toThrow(/not understood/);
});
