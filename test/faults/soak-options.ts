import { parseArgs } from 'node:util';

/** What a run consists of. */
export interface SoakOptions {
  /** Decides the schedule and what the writers send; how the processes interleave is not decided by anybody. */
  readonly seed: number;
  /** How long the faults go on, at least. */
  readonly seconds: number;
  /** Replicas that are killed. */
  readonly kills: number;
  /** Threads that are taken from their writers. */
  readonly takeovers: number;
  /** Writer processes that are stopped while their threads are taken. */
  readonly freezes: number;
  readonly replicas: number;
  readonly processes: number;
  readonly threads: number;
}

/** What the command line asks for: a run, or the judgement of a recorded one. */
export interface SoakCommand {
  readonly options: SoakOptions;
  /** Where the report goes; undefined for a temporary folder. */
  readonly report: string | undefined;
  /** The folder of a run that is to be judged again, instead of a new one. */
  readonly check: string | undefined;
}

/** The least value of each option, and its default. */
const numbers = {
  seed: { least: 0, fallback: undefined },
  seconds: { least: 1, fallback: 300 },
  kills: { least: 0, fallback: 100 },
  takeovers: { least: 0, fallback: 1_000 },
  freezes: { least: 0, fallback: undefined },
  replicas: { least: 1, fallback: 2 },
  processes: { least: 2, fallback: 3 },
  threads: { least: 1, fallback: 16 },
} as const satisfies Record<keyof SoakOptions, { readonly least: number; readonly fallback: number | undefined }>;

const most = 2 ** 31 - 1;

export const usage = `npm run soak -- [--kills 100] [--takeovers 1000] [--seconds 300] [--seed N] [--freezes N]
                  [--replicas 2] [--processes 3] [--threads 16] [--report FOLDER] | --check FOLDER`;

/** Throws an error of one line for what can't be used. */
export function parseSoakArguments(args: readonly string[]): SoakCommand {
  const text = { type: 'string' } as const;
  const names = Object.keys(numbers) as (keyof SoakOptions)[];
  const flags = Object.fromEntries([...names, 'report', 'check'].map((name) => [name, text]));
  const { values } = parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false });
  const given = values as Readonly<Record<string, string | undefined>>;
  const number = (name: keyof SoakOptions, fallback: number): number => {
    const said = given[name];
    if (said === undefined) return fallback;
    const { least } = numbers[name];
    const value = /^\d+$/.test(said) ? Number(said) : NaN;
    if (!(value >= least && value <= most))
      throw new Error(`--${name}: must be a whole number from ${least} to ${most} (got ${said})`);
    return value;
  };
  const kills = number('kills', numbers.kills.fallback);
  const options = {
    seed: number('seed', Math.floor(Math.random() * most)),
    seconds: number('seconds', numbers.seconds.fallback),
    kills,
    takeovers: number('takeovers', numbers.takeovers.fallback),
    freezes: number('freezes', Math.ceil(kills / 10)),
    replicas: number('replicas', numbers.replicas.fallback),
    processes: number('processes', numbers.processes.fallback),
    threads: number('threads', numbers.threads.fallback),
  };
  return { options, report: given['report'], check: given['check'] };
}
