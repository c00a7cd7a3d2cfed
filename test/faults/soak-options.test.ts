import { expect, test } from 'vitest';
import { parseSoakArguments } from './soak-options.ts';

test('what is not said has its default; the seed is another one each time', () => {
  const { options, report, check } = parseSoakArguments([]);
  expect(options).toMatchObject({ kills: 100, takeovers: 1_000, freezes: 10, seconds: 300, replicas: 2 });
  expect([report, check]).toEqual([undefined, undefined]);
  expect(parseSoakArguments([]).options.seed).not.toBe(options.seed);
});

test('what is said counts', () => {
  const said = '--kills 3 --takeovers 20 --seed 7 --seconds 9 --freezes 0 --threads 4 --report a --check b'.split(' ');
  expect(parseSoakArguments(said)).toMatchObject({
    options: { kills: 3, takeovers: 20, seed: 7, seconds: 9, freezes: 0, threads: 4 },
    report: 'a',
    check: 'b',
  });
});

test.each([
  [['--kill', '3'], /--kill'/],
  [['3'], /'3'/],
  [['--kills', 'many'], /^--kills: must be a whole number from 0 to \d+ \(got many\)$/],
  [['--kills', '-1'], /--kills/],
  [['--kills', '1.5'], /^--kills: /],
  [['--seconds', '0'], /^--seconds: must be a whole number from 1/],
  [['--processes', '1'], /^--processes: must be a whole number from 2/],
  [['--seed', '99999999999'], /^--seed: /],
])('%j is refused', (args, message) => {
  expect(() => parseSoakArguments(args)).toThrow(message);
});
