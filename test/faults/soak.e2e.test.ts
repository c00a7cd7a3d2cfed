import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeReport, reportText } from './report.ts';
import { run } from './run.ts';

/** Of a run of seconds on a machine that has much else to do. */
const timeoutMs = 170_000;

test(
  'replicas are killed, threads taken and writers stopped: nothing is lost, stored twice or out of order',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'threadstore-soak-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const options = { seed: 1, seconds: 8, kills: 4, takeovers: 20, freezes: 2, replicas: 2, processes: 3, threads: 6 };
    const facts = await run(options, folder, AbortSignal.timeout(timeoutMs));
    const floors = {
      acknowledgedItems: 1_000,
      // Whether a kill falls between a commit and its answer is chance. The long form asks for it.
      resendsFoundStored: 0,
      killsAmidCalls: 2,
      takeovers: 20,
      staleAppendsRefused: 20,
      freezesThatBit: 1,
      reads: 10,
      patches: 5,
      walks: 3,
      forks: 1,
      forgeriesRefused: 1,
    };
    const report = await makeReport(folder, floors, facts);
    expect(reportText(report)).toMatch(/^verdict +passed$/m);
  },
  timeoutMs,
);
