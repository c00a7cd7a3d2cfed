import { parseArgs } from 'node:util';
import type { WorkloadOptions } from './workloads/workload.ts';
import { type WorkloadName, workloadNames } from './workloads/workloads.ts';

export interface Arguments extends WorkloadOptions {
  readonly names: readonly WorkloadName[];
  /** Whether the README takes up the results. */
  readonly write: boolean;
}

/** Throws an `Error` of one line for arguments that it does not know. */
export function argumentsFrom(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '4' },
      rounds: { type: 'string', default: '5' },
      scale: { type: 'string', default: '1' },
      'no-write': { type: 'boolean', default: false },
    },
  });
  const rounds = above0('rounds', values.rounds);
  if (!Number.isInteger(rounds)) throw new Error(`--rounds: must be an integer (got ${values.rounds})`);
  return {
    names: positionals.length === 0 ? workloadNames : positionals.map(workloadName),
    seconds: above0('seconds', values.seconds),
    rounds,
    scale: above0('scale', values.scale),
    write: !values['no-write'],
  };
}

function workloadName(given: string): WorkloadName {
  const name = workloadNames.find((known) => known === given);
  if (name === undefined) throw new Error(`no such workload (got ${given}, known ${workloadNames.join(', ')})`);
  return name;
}

function above0(name: string, given: string): number {
  const value = Number(given);
  if (!(value > 0 && Number.isFinite(value))) throw new Error(`--${name}: must be a number above 0 (got ${given})`);
  return value;
}
