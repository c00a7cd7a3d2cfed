import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RemoteThreadStore } from '@threadstore/client';
import { ThreadStoreError } from '@threadstore/core';
import { ThreadStoreService } from '@threadstore/protocol';
import { frame, RawClient } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { auditFile } from '../src/audit/audit-log.ts';
import { auditObserver, type AuditEntry } from '../src/audit/audit-observer.ts';
import { auditedCalls } from '../src/audit/audited-calls.ts';
import { anyone } from '../src/auth/principal.ts';
import { silentLogger } from '../src/log.ts';
import type { Gate } from '../src/rpc/gate.ts';
import { served, type Served } from './support/served.ts';

const serviceName = ThreadStoreService.typeName;
const item = '{"type":"canary"}';

async function audited(gates: readonly Gate[] = []): Promise<{ readonly one: Served; readonly entries: AuditEntry[] }> {
  const entries: AuditEntry[] = [];
  const observer = auditObserver(serviceName, auditedCalls, (entry) => entries.push(entry));
  return { one: await served({ gates, observers: [observer] }), entries };
}

test('what changes or takes away is audited, with its outcome, and what reads or writes on is not', async () => {
  const { one: service, entries } = await audited();
  await using one = service;
  await using store = new RemoteThreadStore({ endpoint: one.endpoint, keepLeases: false });
  const threadId = randomUUID();
  const { epoch } = await store.createThread({ threadId, metadata: { name: 'canary' } });
  await store.appendItems({ threadId, epoch, sequence: 0n, items: [item] });
  await store.loadHistory({ threadId });
  await store.readThread({ threadId });
  await store.listThreads({ searchTerm: 'canary' });
  await store.resumeThread({ threadId }).catch(() => undefined);
  expect(entries).toEqual([]);
  const missing = randomUUID();
  const taken = await store.resumeThread({ threadId, takeover: 'steal', holder: 'canary' });
  await store.updateThreadMetadata({ threadId, patch: { name: 'canary' } });
  await store.shutdownThread({ threadId, epoch: taken.epoch });
  await store.archiveThread({ threadId });
  await store.unarchiveThread({ threadId });
  await store.deleteThread({ threadId });
  await expect(store.deleteThread({ threadId: missing })).rejects.toMatchObject({ code: 'not_found' });
  const facts = { tenant: 'default', subject: 'anyone', threadId, code: 'OK' };
  const common = {
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
  };
  expect(entries).toEqual([
    { ...common, ...facts, rpc: `${serviceName}/ResumeThread`, takeover: true },
    { ...common, ...facts, rpc: `${serviceName}/UpdateThreadMetadata` },
    { ...common, ...facts, rpc: `${serviceName}/ArchiveThread` },
    { ...common, ...facts, rpc: `${serviceName}/UnarchiveThread` },
    { ...common, ...facts, rpc: `${serviceName}/DeleteThread` },
    {
      ...common,
      ...facts,
      rpc: `${serviceName}/DeleteThread`,
      threadId: missing,
      code: 'NOT_FOUND',
      reason: 'THREAD_NOT_FOUND',
    },
  ]);
  expect(JSON.stringify(entries)).not.toContain('canary');
});

test('a call that is denied is audited, whatever it is; who shows no credentials is of no tenant', async () => {
  const denied: ('UNAUTHENTICATED' | 'PERMISSION_DENIED')[] = ['UNAUTHENTICATED', 'PERMISSION_DENIED'];
  const gate: Gate = {
    authenticates: true,
    enter: ({ record }) => {
      const reason = denied.shift();
      if (reason !== 'UNAUTHENTICATED') record.principal = anyone;
      if (reason !== undefined) throw new ThreadStoreError({ reason, message: 'no' });
    },
  };
  const { one: service, entries } = await audited([gate]);
  await using one = service;
  await using store = new RemoteThreadStore({ endpoint: one.endpoint });
  await expect(store.listThreads()).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' });
  await expect(store.listThreads()).rejects.toMatchObject({ reason: 'PERMISSION_DENIED' });
  await store.listThreads();
  expect(entries.map(({ code, tenant, subject }) => ({ code, tenant, subject }))).toEqual([
    { code: 'UNAUTHENTICATED', tenant: undefined, subject: undefined },
    { code: 'PERMISSION_DENIED', tenant: 'default', subject: 'anyone' },
  ]);
});

test('who is turned away before anybody knows who calls is not taken for somebody, and fills no audit log', async () => {
  const gate: Gate = {
    authenticates: true,
    enter: () => {
      throw new ThreadStoreError({ reason: 'OVERLOADED', message: 'too many failures' });
    },
  };
  const { one: service, entries } = await audited([gate]);
  await using one = service;
  using client = new RawClient(one.endpoint);
  await client.call('DeleteThread');
  // Refused by a gate that stands before those that ask who calls.
  await client.call('DeleteThread', frame(Buffer.alloc(0)), { 'grpc-timeout': '597H' });
  expect(entries).toEqual([]);
  expect(one.logged.filter(({ fields }) => fields['rpc'] === 'DeleteThread')).toHaveLength(2);
  expect(JSON.stringify(one.logged)).not.toContain('tenant');
});

test('a gate that knows nobody lets nobody to a store', async () => {
  await using one = await served({ gates: [{ authenticates: true, enter: () => undefined }] });
  using client = new RawClient(one.endpoint);
  const answer = await client.call('ListThreads');
  expect(answer.code).toBe(13);
});

test('the file is for its owner alone, is appended to, and can be moved away', () => {
  const folder = mkdtempSync(join(tmpdir(), 'threadstore-audit-'));
  try {
    const path = join(folder, 'audit.jsonl');
    const entry = (requestId: string): AuditEntry => ({ time: '', rpc: 'x', code: 'OK', peer: '', requestId });
    const ids = (file: string): readonly string[] =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as AuditEntry).requestId);
    {
      using first = auditFile(path, silentLogger);
      first.write(entry('1'));
    }
    using log = auditFile(path, silentLogger);
    log.write(entry('2'));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    renameSync(path, `${path}.1`);
    log.write(entry('3'));
    log.reopen();
    log.write(entry('4'));
    expect([ids(`${path}.1`), ids(path)]).toEqual([['1', '2', '3'], ['4']]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what a kill cut short stays alone on its line, whoever writes to the file then', () => {
  const folder = mkdtempSync(join(tmpdir(), 'threadstore-audit-'));
  try {
    const path = join(folder, 'audit.jsonl');
    const entry = (requestId: string): AuditEntry => ({ time: '', rpc: 'x', code: 'OK', peer: '', requestId });
    const line = (requestId: string): string => JSON.stringify(entry(requestId));
    const torn = line('1').slice(0, 20);
    writeFileSync(path, torn);
    using log = auditFile(path, silentLogger);
    log.write(entry('2'));
    log.write(entry('3'));
    appendFileSync(path, torn);
    log.write(entry('4'));
    log.reopen();
    log.write(entry('5'));
    expect(readFileSync(path, 'utf8').split('\n')).toEqual([
      torn,
      line('2'),
      line('3'),
      torn,
      line('4'),
      line('5'),
      '',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Writes entries, of which a block holds no whole number, to a file that may not grow beyond one, until one is cut short; then one more, when there is room again. */
const untilFull = `
  const [path, code] = process.argv.slice(1);
  const { statSync, truncateSync } = await import('node:fs');
  const { auditFile } = await import(code);
  let failed = 0;
  const log = auditFile(path, { error: () => (failed += 1) });
  const write = (requestId) => log.write({ time: '', rpc: 'x', code: 'OK', peer: '', requestId });
  write('earlier');
  const lineBytes = statSync(path).size;
  while (failed === 0) write('earlier');
  truncateSync(path, Math.round(3.5 * lineBytes));
  write('late');`;

test('what a full disk cut short stays alone on its line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'threadstore-audit-'));
  try {
    const path = join(folder, 'audit.jsonl');
    const code = new URL('../dist/audit/audit-log.js', import.meta.url).href;
    const args = ['-c', 'ulimit -f 1 && exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', untilFull];
    expect(spawnSync('sh', [...args, path, code], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines.splice(-2)).toEqual([expect.stringContaining('"requestId":"late"}'), '']);
    expect(() => void JSON.parse(lines.pop() ?? '{}')).toThrow(SyntaxError);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ requestId: 'earlier' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an entry that can not be written is told as an error, whole', () => {
  const told: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void told.push(fields) };
  using log = auditFile('/dev/full', logger);
  const entry: AuditEntry = { time: '', rpc: 'x', code: 'OK', peer: '', requestId: 'a' };
  log.write(entry);
  expect(told).toMatchObject([{ audit: entry, error: { code: 'ENOSPC' } }]);
});
