import { isDeepStrictEqual } from 'node:util';
import type { Transcript } from './transcript.ts';

/** A place where two transcripts are not alike. `undefined` stands for what is not there. */
export interface Difference {
  /** `<step>`, or `notification <server>: <method> of <thread>`. */
  readonly where: string;
  /** The members that lead to it, parted by dots. */
  readonly at: string;
  readonly local: unknown;
  readonly remote: unknown;
}

/** Differences that are known to stay. In `where` and `at`, `*` stands for anything. */
export interface KnownDifference {
  readonly where: string;
  readonly at: string;
  /** What the two have there; a member that is left out may be anything. */
  readonly local?: unknown;
  readonly remote?: unknown;
  /** Why it stays. */
  readonly reason: string;
}

/** Every place where the transcripts differ, in the order of the script. */
export function differencesOf(local: Transcript, remote: Transcript): Difference[] {
  const found: Difference[] = [];
  for (const step of keysOf(local.steps, remote.steps))
    compare({ where: step, at: [] }, local.steps[step], remote.steps[step], found);
  for (const method of keysOf(local.notifications, remote.notifications)) {
    const place = { where: `notification ${method}`, at: [] };
    compare(place, local.notifications[method] ?? [], remote.notifications[method] ?? [], found);
  }
  return found;
}

interface Place {
  readonly where: string;
  readonly at: readonly string[];
}

function compare(place: Place, local: unknown, remote: unknown, found: Difference[]): void {
  if (isDeepStrictEqual(local, remote)) return;
  if (isContainer(local) && isContainer(remote) && Array.isArray(local) === Array.isArray(remote)) {
    for (const key of keysOf(local, remote))
      compare({ ...place, at: [...place.at, key] }, local[key], remote[key], found);
    return;
  }
  found.push({ where: place.where, at: place.at.join('.'), local, remote });
}

type Container = Readonly<Record<string, unknown>>;

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

const keysOf = (one: object, other: object): readonly string[] => [
  ...new Set([...Object.keys(one), ...Object.keys(other)]),
];

export interface Judgement {
  /** Differences that nobody knows of. */
  readonly unknown: readonly Difference[];
  /** Known ones that are not there any more. */
  readonly unused: readonly KnownDifference[];
}

/** Holds differences against those that are known. */
export function judge(differences: readonly Difference[], known: readonly KnownDifference[]): Judgement {
  const covers = (entry: KnownDifference, difference: Difference): boolean =>
    matches(entry.where, difference.where) &&
    matches(entry.at, difference.at) &&
    (!('local' in entry) || isDeepStrictEqual(entry.local, difference.local)) &&
    (!('remote' in entry) || isDeepStrictEqual(entry.remote, difference.remote));
  return {
    unknown: differences.filter((difference) => !known.some((entry) => covers(entry, difference))),
    unused: known.filter((entry) => !differences.some((difference) => covers(entry, difference))),
  };
}

function matches(pattern: string, text: string): boolean {
  const literals = pattern.split('*').map((literal) => literal.replaceAll(/[.\\+?^${}()|[\]]/g, String.raw`\$&`));
  return new RegExp(`^${literals.join('.*')}$`, 's').test(text);
}
