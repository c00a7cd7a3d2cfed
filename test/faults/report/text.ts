import type { Judgement } from '../check/check.ts';
import type { Figures, Report } from './report.ts';

/** A page for people. */
export function reportText(report: Report): string {
  const { run, figures, coverage, recoveries, losses, faults, judgements } = report;
  const lines = [
    `part ${run.part.name}, seed ${run.seed}`,
    report.command,
    '',
    ...entries(figures),
    ...(run.kills.amidCommit > 0 ? [entry('kills amid a commit', run.kills.amidCommit)] : []),
    '',
    ...entries({ ...coverage, acknowledgedItems: undefined }),
    '',
    'ms to the next acknowledged batch   times    p50    p99    max    longest without one',
    ...recoveries.map(
      ({ kind, times, p50, p99, max, longestOutage }) =>
        `  ${kind.padEnd(34)}${[times, p50, p99, max].map((number) => String(number).padStart(5)).join('  ')}${String(longestOutage).padStart(12)}`,
    ),
    '',
    ...losses.map(
      ({ kind, lagMs, lagBytes, acknowledged, lost }) =>
        `${kind}, ${lagMs} ms and ${lagBytes} bytes behind: ${lost} of ${acknowledged} acknowledged items lost`,
    ),
    ...judgements.flatMap((judgement) => judgementLines(judgement, run.part.notPromised)),
    '',
    ...faults,
    ...report.shortfalls,
    `history   ${report.folder}`,
    `verdict   ${report.verdict}`,
    '',
  ];
  return lines.join('\n');
}

function judgementLines({ rule, promise, violations, examples }: Judgement, notPromised: readonly string[]) {
  const excused = notPromised.includes(rule);
  const found = excused ? `not promised here, ${violations} times broken: ` : `BROKEN ${violations} times: `;
  const line = `${rule.padEnd(4)}${violations === 0 ? 'holds ' : found} ${promise}`;
  return excused ? [line] : [line, ...examples.map(({ thread, what }) => `    ${thread}: ${what}`)];
}

/** The figures of several parts together, and how each ended. */
export function summaryText(reports: readonly Report[], notRun: readonly string[]): string {
  const sum = (name: keyof Figures): number => reports.reduce((total, { figures }) => total + figures[name], 0);
  const names = reports[0] === undefined ? [] : (Object.keys(reports[0].figures) as (keyof Figures)[]);
  // What is lost without a standby to wait for was never promised.
  const promised = reports.filter(({ losses }) => losses.length === 0);
  const lost = promised.reduce((total, { figures }) => total + figures.lost, 0);
  return [
    ...reports.map(({ run, verdict, folder }) => `${run.part.name.padEnd(12)}${verdict.padEnd(20)}${folder}`),
    ...notRun,
    '',
    ...names.map((name) => entry(words(name), name === 'lost' ? lost : sum(name))),
    ...reports.flatMap(({ losses }) =>
      losses.length === 0
        ? []
        : [
            entry(
              'lost by async failover',
              losses.reduce((total, one) => total + one.lost, 0),
            ),
          ],
    ),
    '',
  ].join('\n');
}

function entries(numbers: object): readonly string[] {
  return Object.entries(numbers).flatMap(([name, value]) =>
    value === undefined ? [] : entry(words(name), Number(value)),
  );
}

function entry(name: string, value: number): string {
  return `${name.padEnd(28)}${value}`;
}

function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
