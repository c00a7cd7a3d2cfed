import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { HistoryLine } from './history/lines.ts';
import { canaryOf } from './history/tenants.ts';
import { recordLogs } from './logs.ts';

function recorded(log: string, audit: string | null): readonly HistoryLine[] {
  const folder = mkdtempSync(join(tmpdir(), 'threadstore-nemesis-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const auditLog = join(folder, 'audit.jsonl');
  if (audit !== null) writeFileSync(auditLog, audit);
  const lines: HistoryLine[] = [];
  recordLogs({ name: 'replica-1', log, auditLog }, { record: (line) => lines.push(line) });
  return lines;
}

test('a canary in what a replica says is of nobody who may be there', () => {
  expect(recorded(`{"msg":"${canaryOf('owner')}"}\n`, null)).toMatchObject([
    { type: 'canary', client: 'replica-1', tenant: null, of: 'owner', where: 'its log' },
  ]);
  expect(recorded('{"msg":"listening"}\n', '')).toEqual([]);
});

test('each line of an audit log is recorded, and what was cut short at its end', () => {
  const texts = (audit: string): readonly unknown[] => recorded('', audit).map((line) => 'text' in line && line.text);
  expect(texts('{"a":1}\n{"b":2}\n')).toEqual(['{"a":1}', '{"b":2}']);
  expect(texts('{"a":1}\n{"b"')).toEqual(['{"a":1}', '{"b"']);
});
