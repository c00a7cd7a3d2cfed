import { parseArgs } from 'node:util';
import { type ControlName, controls } from './controls.ts';
import { type FaultKind, faultKinds } from './nemesis/faults/catalogue.ts';
import type { FaultCounts } from './nemesis/schedule.ts';
import { type Part, profiles, type Sizes } from './parts.ts';

/** What the command line asks for. */
export type NemesisCommand =
  | { readonly do: 'run'; readonly parts: readonly Part[]; readonly seed: number; readonly report: string | undefined }
  | { readonly do: 'control'; readonly name: ControlName; readonly seed: number; readonly report: string | undefined }
  /** Judge the run that was recorded in a folder. */
  | { readonly do: 'check'; readonly folder: string };

/** The least value of each size. */
const leasts = {
  seconds: 1,
  kills: 0,
  takeovers: 0,
  freezes: 0,
  replicas: 1,
  processes: 2,
  threads: 1,
} as const satisfies Record<keyof Sizes, number>;

const most = 2 ** 31 - 1;

export const usage = `npm run nemesis -- [--profile smoke|pr|nightly] [--part NAME] [--seed N] [--report FOLDER]
                     [--seconds N] [--kills N] [--takeovers N] [--freezes N] [--faults KIND=N,...]
                     [--replicas N] [--processes N] [--threads N]
npm run nemesis -- --control ${Object.keys(controls).join('|')} [--seed N] [--report FOLDER]
npm run nemesis -- --check FOLDER
parts of nightly: ${profiles.nightly.map(({ name }) => name).join(', ')}
kinds of faults: ${faultKinds.join(', ')}`;

type Given = Readonly<Record<string, string | undefined>>;

/** Throws an error of one line for what can't be used. */
export function parseNemesisArguments(args: readonly string[]): NemesisCommand {
  const text = { type: 'string' } as const;
  const names = ['profile', 'part', 'seed', 'report', 'check', 'control', 'faults', ...Object.keys(leasts)];
  const flags = Object.fromEntries(names.map((name) => [name, text]));
  const { values } = parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false });
  const given = values as Given;
  const check = given['check'];
  if (check !== undefined) return { do: 'check', folder: check };
  const seed = wholeNumber('--seed', given['seed'], 0) ?? Math.floor(Math.random() * most);
  const report = given['report'];
  const control = given['control'];
  if (control !== undefined) return { do: 'control', name: oneOf('--control', control, controls), seed, report };
  return { do: 'run', parts: partsOf(given), seed, report };
}

function partsOf(given: Given): readonly Part[] {
  const all: readonly Part[] = profiles[oneOf('--profile', given['profile'] ?? 'pr', profiles)];
  const name = given['part'];
  const parts = name === undefined ? all : all.filter((part) => part.name === name);
  if (parts.length === 0)
    throw new Error(`--part: must be one of ${all.map((part) => part.name).join(', ')} (got ${name})`);
  const said = Object.entries(leasts).flatMap(([size, least]) => {
    const value = wholeNumber(`--${size}`, given[size], least);
    return value === undefined ? [] : [[size, value] as const];
  });
  const faults = given['faults'] === undefined ? {} : { faults: countsOf(given['faults']) };
  return parts.map((part) => ({ ...part, ...Object.fromEntries(said), ...faults }));
}

/** What `kind=3,other=5` says; nothing for nothing. */
function countsOf(text: string): FaultCounts {
  const known: Readonly<Record<string, FaultKind>> = Object.fromEntries(faultKinds.map((kind) => [kind, kind]));
  const pairs = text.split(',').filter(Boolean);
  return Object.fromEntries(
    pairs.map((pair) => {
      const [kind = '', count] = pair.split('=');
      return [oneOf('--faults', kind, known), wholeNumber(`--faults ${kind}`, count ?? '', 0)];
    }),
  );
}

function wholeNumber(name: string, said: string | undefined, least: number): number | undefined {
  if (said === undefined) return undefined;
  const value = /^\d+$/.test(said) ? Number(said) : NaN;
  if (value >= least && value <= most) return value;
  throw new Error(`${name}: must be a whole number from ${least} to ${most} (got ${said})`);
}

function oneOf<T extends object>(flag: string, said: string, table: T): Extract<keyof T, string> {
  if (Object.hasOwn(table, said)) return said as Extract<keyof T, string>;
  throw new Error(`${flag}: must be one of ${Object.keys(table).join(', ')} (got ${said})`);
}
