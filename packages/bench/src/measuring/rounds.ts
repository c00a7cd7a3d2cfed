import type { Contender } from '../contenders/contender.ts';
import type { BenchPostgres } from '../postgres/bench-postgres.ts';
import type { Timing } from './timing.ts';

export interface RoundPlan {
  readonly seconds: number;
  readonly rounds: number;
  /** Short rounds of each contender before the first that counts. Default 1; more where what is compared is the price of code that has yet to be compiled. */
  readonly warmUps?: number;
}

export interface Round extends Timing {
  /** Of one core, in percent: how much was used while the round lasted. Null where there is none or it can't be told. */
  readonly clientCpu: number | null;
  readonly serverCpu: number | null;
  readonly postgresCpu: number | null;
  readonly walBytes: number;
}

/** All rounds of a contender. */
export interface Result {
  readonly name: string;
  readonly rivalOf?: string;
  readonly rounds: readonly Round[];
  /** By how much its database has grown. */
  readonly diskBytes: number;
}

const warmUpSeconds = 1;

/**
 * Has the contenders do a round each, one after another, again and again, so that what the machine is doing meanwhile meets them
 * all. Each is first in its turn. Short rounds of each that come first are not counted.
 */
export async function alternate(
  postgres: BenchPostgres,
  contenders: readonly Contender[],
  { seconds, rounds, warmUps = 1 }: RoundPlan,
): Promise<readonly Result[]> {
  const measured = new Map<Contender, Round[]>();
  const bytesBefore = new Map<Contender, number>();
  for (const contender of contenders) {
    for (let warmUp = 0; warmUp < warmUps; warmUp += 1) {
      await oneRound(postgres, contender, Math.min(seconds, warmUpSeconds));
    }
    await postgres.settle(contender.database);
    bytesBefore.set(contender, await postgres.diskBytes(contender.database));
    measured.set(contender, []);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of inTurn(contenders, round)) {
      measured.get(contender)?.push(await oneRound(postgres, contender, seconds));
    }
  }
  const results: Result[] = [];
  for (const [contender, its] of measured) {
    const { name, rivalOf, database } = contender;
    await postgres.settle(database);
    const diskBytes = (await postgres.diskBytes(database)) - (bytesBefore.get(contender) ?? 0);
    results.push({ name, rounds: its, diskBytes, ...(rivalOf === undefined ? {} : { rivalOf }) });
  }
  return results;
}

/** The same, beginning with another one in each round. */
export function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

async function oneRound(postgres: BenchPostgres, contender: Contender, seconds: number): Promise<Round> {
  await postgres.settle(contender.database);
  await contender.enter?.();
  const sample = async () => ({
    time: performance.now(),
    ...contender.cpuMs(),
    postgres: postgres.cpuMs(),
    wal: await postgres.walBytes(),
  });
  const before = await sample();
  const timing = await contender.round(seconds);
  const after = await sample();
  await contender.leave?.();
  const share = (from: number | null, to: number | null): number | null =>
    from === null || to === null ? null : ((to - from) / (after.time - before.time)) * 100;
  return {
    ...timing,
    clientCpu: share(before.client, after.client),
    serverCpu: share(before.server, after.server),
    postgresCpu: share(before.postgres, after.postgres),
    walBytes: after.wal - before.wal,
  };
}
