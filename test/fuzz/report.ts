import { fuzz, type FuzzOptions } from './run.ts';
import { Target } from './target.ts';

const peakMiBMax = 512;

export interface FuzzReport {
  readonly text: string;
  readonly passed: boolean;
}

/** A run against a service of its own, and what came of it. */
export async function makeReport(options: FuzzOptions): Promise<FuzzReport> {
  await using target = await Target.start();
  const startedAt = performance.now();
  const tally = await fuzz(target, options);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { peakMiB } = target;
  const wrong = [...tally.faults, ...(await target.checkUp())];
  if (peakMiB !== undefined && peakMiB > peakMiBMax) wrong.push(`the process had ${peakMiB} MiB, limit ${peakMiBMax}`);
  const passed = wrong.length === 0;
  const lines = [
    `verdict      ${passed ? 'passed' : 'FAILED'}`,
    `seed         ${options.seed}`,
    `calls        ${tally.calls} in ${seconds.toFixed(1)} s, ${Math.round(tally.calls / seconds)} a second`,
    `connections  ${tally.connections}`,
    `log lines    ${target.logLines}`,
    `peak memory  ${peakMiB === undefined ? 'not known' : `${peakMiB} MiB`}`,
    '',
    ...tally.counts.map(([name, count]) => `${String(count).padStart(9)}  ${name}`),
    ...(passed ? [] : ['', 'what was wrong:', ...wrong]),
  ];
  return { text: `${lines.join('\n')}\n`, passed };
}
