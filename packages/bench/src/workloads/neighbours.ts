import { loadavg } from 'node:os';
import { type SharedService, startForTwo } from '../contenders/two-tenants.ts';
import { LoadProcess } from '../load/load-process.ts';
import { inTurn, type RoundPlan } from '../measuring/rounds.ts';
import { quantile, ratioText } from '../measuring/statistics.ts';
import type { Timing } from '../measuring/timing.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { figure } from '../report/report.ts';
import type { Workload } from './workload.ts';

/** Of each tenant, in calls and appends a second. */
const rate = 200;
/** How many times its rate the noisy tenant asks for. */
const times = 10;
const quietWriters = 4;
const noisyWriters = 200;
/** Writers on a stream, which want as much as they can get. */
const streamWriters = 64;
const warmUpSeconds = 1;

export const neighbours: Workload = {
  about: `appends of a quiet tenant, alone and beside one that asks for ${times} times its rate`,
  inRounds: true,
  run: async (plan) => {
    const [load = 0] = loadavg();
    await using postgres = await BenchPostgres.start();
    await using service = await startForTwo(postgres, rate);
    await using elsewhere = await startForTwo(postgres, rate, 'elsewhere');
    const cases = await measure({ postgres, service, elsewhere, plan });
    const [alone] = cases;
    return {
      rows: [
        [
          'quiet tenant',
          'appends/s',
          'p50 ms',
          'p99 ms',
          'p99 against alone',
          "neighbour's appends/s",
          'service CPU %',
        ],
        ...cases.map((its) => row(its, alone)),
      ],
      notes: [
        `The rate of each tenant is ${rate} calls and appends a second; two seconds' worth may come at once.`,
        'What the same callers of another service take is what they take of the machine: its processors and its disk are those of all.',
        `Load average of the machine before: ${figure(load)}.`,
      ],
    };
  },
};

interface Services {
  readonly postgres: BenchPostgres;
  readonly service: SharedService;
  readonly elsewhere: SharedService;
  readonly plan: RoundPlan;
}

interface Case {
  readonly name: string;
  readonly neighbour: LoadProcess | undefined;
  readonly rounds: Round[];
}

interface Round {
  readonly quiet: Timing;
  readonly noisy: Timing | undefined;
  /** Of one core, in percent; null where it can't be told. */
  readonly serviceCpu: number | null;
}

/** The cases take turns, and another one is first each time. */
async function measure({ postgres, service, elsewhere, plan }: Services): Promise<readonly Case[]> {
  const { endpoint: place, database, tokens, cpuMs } = service;
  const { seconds, rounds } = plan;
  const { quiet: token, noisy } = tokens;
  const ofQuiet = { place, token, workers: quietWriters, perSecond: rate / 2 };
  await using quiet = await LoadProcess.start('paced-appends', ofQuiet);
  const ofNoisy = { place, token: noisy, workers: noisyWriters, perSecond: times * rate };
  await using heedless = await LoadProcess.start('heedless-appends', ofNoisy);
  const ofOthers = { ...ofNoisy, place: elsewhere.endpoint, token: elsewhere.tokens.noisy };
  await using others = await LoadProcess.start('heedless-appends', ofOthers);
  await using stream = await LoadProcess.start('threadstore-appends', { place, token: noisy, workers: streamWriters });
  const cases: readonly Case[] = [
    { name: 'alone', neighbour: undefined, rounds: [] },
    { name: 'beside callers that do not wait when they are told', neighbour: heedless, rounds: [] },
    { name: 'beside such callers of another service', neighbour: others, rounds: [] },
    { name: 'beside a client that waits', neighbour: stream, rounds: [] },
  ];
  const oneRound = async ({ neighbour }: Case, length: number): Promise<Round> => {
    await postgres.settle(database);
    const [startedAt, before] = [performance.now(), cpuMs()];
    const [ofIt, ofNeighbour] = await Promise.all([quiet.round(length), neighbour?.round(length)]);
    const [ms, after] = [performance.now() - startedAt, cpuMs()];
    const serviceCpu = before === null || after === null ? null : ((after - before) / ms) * 100;
    return { quiet: ofIt, noisy: ofNeighbour, serviceCpu };
  };
  for (const each of cases) await oneRound(each, Math.min(seconds, warmUpSeconds));
  for (let round = 0; round < rounds; round += 1) {
    for (const each of inTurn(cases, round)) each.rounds.push(await oneRound(each, seconds));
  }
  return cases;
}

function row({ name, rounds }: Case, alone: Case | undefined): readonly string[] {
  const median = (of: (round: Round) => number): string => figure(quantile(rounds.map(of), 0.5));
  const ratios = rounds.map(({ quiet }, index) => (quiet.p99Ms ?? 0) / (alone?.rounds[index]?.quiet.p99Ms ?? 0));
  const isAlone = rounds === alone?.rounds;
  return [
    name,
    median(({ quiet }) => quiet.items / quiet.seconds),
    median(({ quiet }) => quiet.p50Ms ?? 0),
    median(({ quiet }) => quiet.p99Ms ?? 0),
    isAlone ? '' : ratioText(ratios),
    isAlone ? '' : median(({ noisy }) => (noisy === undefined ? 0 : noisy.items / noisy.seconds)),
    rounds.some(({ serviceCpu }) => serviceCpu === null) ? '' : median(({ serviceCpu }) => serviceCpu ?? 0),
  ];
}
