import { expect, test } from 'vitest';
import { type NemesisCommand, parseNemesisArguments } from './options.ts';
import { profiles } from './parts.ts';

function run(args: string): Extract<NemesisCommand, { do: 'run' }> {
  const command = parseNemesisArguments(args.split(' ').filter(Boolean));
  if (command.do !== 'run') throw new Error(`not a run: ${command.do}`);
  return command;
}

test('what is not said is the profile for changes; the seed is another one each time', () => {
  expect(run('')).toMatchObject({ parts: profiles.pr, report: undefined });
  expect(run('').seed).not.toBe(run('').seed);
});

test('what is said counts, for every part', () => {
  const { parts, seed, report } = run(
    '--profile nightly --kills 3 --seconds 9 --faults failover=2,client-cut=0 --seed 7 --report a',
  );
  expect({ seed, report, names: parts.map(({ name }) => name) }).toEqual({
    seed: 7,
    report: 'a',
    names: profiles.nightly.map(({ name }) => name),
  });
  for (const part of parts)
    expect(part).toMatchObject({ kills: 3, seconds: 9, faults: { failover: 2, 'client-cut': 0 } });
});

test('a part is picked by its name', () => {
  expect(run('--profile nightly --part power').parts).toEqual(profiles.nightly.filter(({ name }) => name === 'power'));
});

test('a control, and a run that was recorded', () => {
  const control = parseNemesisArguments(['--control', 'no-fsync', '--seed', '1']);
  expect(control).toMatchObject({ do: 'control', name: 'no-fsync', seed: 1 });
  expect(parseNemesisArguments(['--check', 'b'])).toEqual({ do: 'check', folder: 'b' });
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
  [['--profile', 'weekly'], /^--profile: must be one of smoke, pr, nightly \(got weekly\)$/],
  [['--profile', 'toString'], /^--profile: /],
  [['--part', 'power'], /^--part: must be one of mix \(got power\)$/],
  [['--control', 'none'], /^--control: must be one of /],
  [['--faults', 'rain=1'], /^--faults: must be one of .*power-cut.* \(got rain\)$/],
  [['--faults', 'failover'], /^--faults failover: must be a whole number/],
])('%j is refused', (args, message) => {
  expect(() => parseNemesisArguments(args)).toThrow(message);
});
