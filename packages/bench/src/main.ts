import { say } from './output.ts';
import { workloads, type WorkloadName } from './workloads/workloads.ts';

const names = Object.keys(workloads) as WorkloadName[];
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(workloads, name));
if (unknown !== undefined) {
  process.stderr.write(`bench: no such workload (got ${unknown}, known ${names.join(', ')})\n`);
  process.exitCode = 2;
} else {
  for (const name of asked.length === 0 ? names : (asked as WorkloadName[])) {
    say(`\n${name}: ${workloads[name].about}\n`);
    await workloads[name].run();
  }
}
