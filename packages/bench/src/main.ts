import { readFile, writeFile } from 'node:fs/promises';
import { type Arguments, argumentsFrom } from './arguments.ts';
import { machine } from './machine.ts';
import { say } from './report/output.ts';
import { markdownOf } from './report/report.ts';
import { withResults } from './report/results-page.ts';
import { workloads } from './workloads/workloads.ts';

const page = new URL('../README.md', import.meta.url);

// Ends what was started: the testkit kills its processes on exit, which a signal alone does not reach.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

let given: Arguments | undefined;
try {
  given = argumentsFrom(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
if (given !== undefined) await run(given);

async function run({ names, write, ...options }: Arguments): Promise<void> {
  const where = await machine();
  for (const name of names) {
    const { about, inRounds, run: runWorkload } = workloads[name];
    say(`\n${name}: ${about}\n`);
    try {
      const report = markdownOf(await runWorkload(options));
      say(report);
      if (!write) continue;
      const plan = inRounds ? `; rounds of ${options.seconds} s, ${options.rounds} each` : '';
      const text = `${where}${plan}.\n\n${report}`;
      await writeFile(page, withResults(await readFile(page, 'utf8'), name, text));
    } catch (error) {
      // The others may do better.
      process.stderr.write(
        `bench: ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      process.exitCode = 1;
    }
  }
}
