import type { Call } from '../history/calls.ts';
import type { Facts } from '../history/facts.ts';
import type { Report } from './greatest-before.ts';

/** What a call says about the number of items that a thread had while it went on. */
export interface Sighting {
  readonly thread: string;
  readonly at: number;
  readonly endedAt: number;
  readonly atLeast: number;
  readonly atMost: number;
  readonly by: string;
}

export function sightings({ calls }: Facts): readonly Sighting[] {
  return [
    ...calls.readAll.flatMap((call) => (call.answer === undefined ? [] : exactly(call, call.answer.count))),
    ...[...calls.readMetadata, ...calls.patch, ...calls.resume].flatMap((call) =>
      call.answer === undefined ? [] : exactly(call, call.answer.nextOrdinal),
    ),
    ...calls.readRange.flatMap(ofRange),
    ...calls.fork.flatMap(ofSource),
  ];
}

/** The same of the reads in the end. */
export function lastSightings({ reads }: Facts): readonly Sighting[] {
  return reads.map(({ thread, via, items }) => {
    const by = `the read through ${via} in the end`;
    return { thread, at: Infinity, endedAt: Infinity, atLeast: items.length, atMost: items.length, by };
  });
}

/** What was known to be there from some time on. */
export function reportsOf(seen: readonly Sighting[]): readonly Report[] {
  return seen.map(({ thread, endedAt, atLeast, by }) => ({ thread, endedAt, value: atLeast, by }));
}

/** The same of appends that were acknowledged. */
export function acknowledged(appends: Facts['appends']): readonly Report[] {
  return appends.flatMap(({ thread, endedAt, answer, call }) =>
    answer === undefined ? [] : { thread, endedAt, value: answer.last + 1, by: call },
  );
}

function exactly({ thread, at, endedAt, call }: Call, length: number): Sighting {
  return { thread, at, endedAt, atLeast: length, atMost: length, by: call };
}

/** A range that is shown whole says nothing about what is behind it, one that is empty nothing about what is before it. */
function ofRange({ thread, at, endedAt, call, from, until, answer }: Call<'readRange'>): readonly Sighting[] {
  if (answer === undefined) return [];
  const end = from + answer.items.length;
  const atLeast = end === from ? 0 : end;
  return [{ thread, at, endedAt, atLeast, atMost: end === until ? Infinity : end, by: call }];
}

function ofSource({ source, at, endedAt, call, before, answer }: Call<'fork'>): readonly Sighting[] {
  if (answer === undefined) return [];
  const { nextOrdinal } = answer;
  const atMost = before !== null && nextOrdinal >= before ? Infinity : nextOrdinal;
  return [{ thread: source, at, endedAt, atLeast: nextOrdinal, atMost, by: call }];
}
