import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { controls } from './controls.ts';
import { type Part, profiles } from './parts.ts';
import { makeReport, type Report } from './report/report.ts';
import { reportText } from './report/text.ts';
import { run } from './run.ts';

/** Far more than it takes on a machine that does little else. */
const timeoutMs = 300_000;

async function reportOf(part: Part): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'threadstore-nemesis-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await run(part, 1, folder, AbortSignal.timeout(timeoutMs));
  return makeReport(folder, '');
}

test.each(profiles.smoke)(
  'replicas and Postgres are killed, connections cut, threads taken, writers stopped: nothing is lost, stored twice or out of order',
  async (part) => {
    expect(reportText(await reportOf(part))).toMatch(/^verdict +passed$/m);
  },
  timeoutMs,
);

test(
  'what a server loses that answers before it has written is found',
  async () => {
    const { part, caughtBy } = controls['lazy-commit'];
    const { judgements, figures } = await reportOf(part);
    expect(judgements.find(({ rule }) => rule === caughtBy)?.violations).toBeGreaterThan(0);
    expect(figures.lost).toBeGreaterThan(0);
  },
  timeoutMs,
);
