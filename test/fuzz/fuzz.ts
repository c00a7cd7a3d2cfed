// Sends a service of its own what no client would send, and looks at what it answers, logs and needs.
//
//   npm run fuzz -- --calls 1000000 --seed 7
import { parseArgs } from 'node:util';
import { makeReport } from './report.ts';
import type { FuzzOptions } from './run.ts';

const usage = 'npm run fuzz -- [--calls 100000] [--seed N] [--seconds 3600]';
const most = 2 ** 31 - 1;

function parseFuzzArguments(args: readonly string[]): FuzzOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { calls: text, seed: text, seconds: text }, strict: true });
  const number = (name: keyof FuzzOptions, fallback: number): number => {
    const said = values[name];
    if (said === undefined) return fallback;
    if (!/^\d{1,10}$/.test(said) || Number(said) > most)
      throw new Error(`--${name}: must be a whole number up to ${most} (got ${said})`);
    return Number(said);
  };
  return {
    calls: number('calls', 100_000),
    seed: number('seed', Math.floor(Math.random() * most)),
    seconds: number('seconds', 3_600),
  };
}

async function main(): Promise<number> {
  let options: FuzzOptions;
  try {
    options = parseFuzzArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`fuzz: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    return 2;
  }
  process.stdout.write(`seed ${options.seed}\n`);
  const { text, passed } = await makeReport(options);
  process.stdout.write(text);
  return passed ? 0 : 1;
}

process.exit(await main());
