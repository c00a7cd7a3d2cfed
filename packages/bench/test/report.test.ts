import { expect, test } from 'vitest';
import type { Result, Round } from '../src/measuring/rounds.ts';
import { comparison } from '../src/report/comparison.ts';
import { figure, markdownOf } from '../src/report/report.ts';
import { withResults } from '../src/report/results-page.ts';

const round = (items: number): Round => ({
  items,
  seconds: 2,
  p50Ms: items / 100,
  clientCpu: 10,
  serverCpu: null,
  postgresCpu: 30,
  walBytes: items * 1_000,
});

test('a rival is compared round by round with the one of ours that it is a rival of', () => {
  const results: readonly Result[] = [
    { name: 'ours', rounds: [round(2_000), round(4_000), round(3_000)], diskBytes: 9_000_000 },
    { name: 'theirs', rivalOf: 'ours', rounds: [round(1_000), round(1_000), round(3_000)], diskBytes: 5_000 },
  ];
  const [head, ours, theirs] = comparison(results);
  expect(head?.length).toBe(ours?.length);
  expect(ours).toEqual(['ours', '1,000', '1,500', '2,000', '', '30.0', '', '10', '', '30', '1,000', '1,000']);
  expect(theirs?.slice(0, 5)).toEqual(['theirs', '500', '500', '1,500', '2.00x (1.00 to 4.00)']);
});

test('figures are as exact as they are large', () => {
  expect([1_234_567.8, 100, 45.678, 0.123].map(figure)).toEqual(['1,234,568', '100', '45.7', '0.12']);
});

test('a report is a table and a list', () => {
  const rows = [
    ['a', 'long head'],
    ['value', ''],
  ];
  expect(markdownOf({ rows, notes: ['one', 'two'] })).toBe(
    ['| a     | long head |', '| ----- | --------- |', '| value |           |', '', '- one', '- two'].join('\n'),
  );
  expect(markdownOf({ rows: [], notes: ['not run'] })).toBe('- not run');
});

test('results replace those between the marks of their workload, again and again', () => {
  const page = 'a\n\n<!-- read -->\n\nold\n\n<!-- /read -->\n\n<!-- append -->\n\nold\n\n<!-- /append -->\n';
  const once = withResults(page, 'append', 'new');
  expect(once).toBe(page.replace(/old(?=\n\n<!-- \/append)/, 'new'));
  expect(withResults(once, 'append', 'new')).toBe(once);
  expect(() => withResults(page, 'appen', 'new')).toThrow('README: has no marks of appen');
});
