import { type Random } from '../random.ts';
import { type FaultKind, faultKinds } from './faults/catalogue.ts';

/** What is done to a run and when, in milliseconds from its start. The numbers named `…At` say, from 0 to 1, which of those that qualify. */
export interface Schedule {
  /** Until then nothing is done, and the rate of the load is measured. */
  readonly warmUpMs: number;
  readonly kills: readonly KillStep[];
  readonly takeovers: readonly TakeoverStep[];
  readonly freezes: readonly FreezeStep[];
  readonly faults: readonly FaultStep[];
}

export interface KillStep {
  readonly atMs: number;
  readonly victimAt: number;
  /** The replica is one that has an append in the database, which is committed then and never answered. */
  readonly amidCommit: boolean;
  /** From its end to its next start. */
  readonly downMs: number;
}

export interface TakeoverStep {
  readonly atMs: number;
  readonly threadAt: number;
  readonly takerAt: number;
}

export interface FreezeStep {
  readonly atMs: number;
  readonly processAt: number;
  /** How long the process stays stopped when its threads are taken. */
  readonly forMs: number;
}

/** A fault of the catalogue. */
export interface FaultStep {
  readonly atMs: number;
  readonly kind: FaultKind;
  /** Says, from 0 to 1, what it is done to. */
  readonly at: number;
  /** Says, from 0 to 1, how long it lasts. */
  readonly lastsAt: number;
}

/** How many of each fault. */
export type FaultCounts = Readonly<Partial<Record<FaultKind, number>>>;

export interface ScheduleSize {
  readonly seconds: number;
  readonly kills: number;
  readonly takeovers: number;
  readonly freezes: number;
  readonly faults: FaultCounts;
}

const warmUpMsMax = 5_000;
const warmUpPart = 0.15;
const stormMax = 20;

/** The schedule of a size, the same for the same random numbers. */
export function makeSchedule(size: ScheduleSize, random: Random): Schedule {
  const lengthMs = size.seconds * 1_000;
  const warmUpMs = Math.min(warmUpMsMax, lengthMs * warmUpPart);
  const spanMs = lengthMs - warmUpMs;
  // One in each of `count` parts of the time: spread over it, in step with nothing.
  const times = (count: number, of: Random): number[] =>
    Array.from({ length: count }, (_one, index) => warmUpMs + ((index + of.next()) * spanMs) / count);
  const [ofKills, ofTakeovers, ofFreezes, ofFaults] = [random.fork(), random.fork(), random.fork(), random.fork()];
  const kills = times(size.kills, ofKills).map((atMs, index) => ({
    atMs,
    victimAt: ofKills.next(),
    amidCommit: index % 2 === 0,
    downMs: ofKills.between(0, 2_000),
  }));
  const freezes = times(size.freezes, ofFreezes).map((atMs) => ({
    atMs,
    processAt: ofFreezes.next(),
    forMs: ofFreezes.between(100, 3_000),
  }));
  const kinds = shuffled(
    faultKinds.flatMap((kind) => Array.from({ length: size.faults[kind] ?? 0 }, () => kind)),
    ofFaults,
  );
  const faults = times(kinds.length, ofFaults).flatMap((atMs, index) => {
    const kind = kinds[index];
    return kind === undefined ? [] : [{ atMs, kind, at: ofFaults.next(), lastsAt: ofFaults.next() }];
  });
  return { warmUpMs, kills, takeovers: storms(size.takeovers, ofTakeovers, times), freezes, faults };
}

function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  return list
    .map((one) => ({ one, key: random.next() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ one }) => one);
}

/** Takeovers come in storms, each of a few to many within a moment; some strike one thread alone. */
function storms(
  count: number,
  random: Random,
  times: (count: number, of: Random) => readonly number[],
): readonly TakeoverStep[] {
  const sizes: number[] = [];
  for (let left = count; left > 0; left -= sizes.at(-1) ?? left)
    sizes.push(Math.min(left, random.integer(1, stormMax)));
  return times(sizes.length, random)
    .flatMap((startMs, storm) => {
      const one = random.chance(0.3) ? random.next() : undefined;
      let atMs = startMs;
      return Array.from({ length: sizes[storm] ?? 0 }, () => {
        const step = { atMs, threadAt: one ?? random.next(), takerAt: random.next() };
        atMs += random.between(0, 30);
        return step;
      });
    })
    .toSorted((a, b) => a.atMs - b.atMs);
}
