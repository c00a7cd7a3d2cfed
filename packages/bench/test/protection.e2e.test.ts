import { readFile } from 'node:fs/promises';
import { RemoteThreadStore } from '@threadstore/client';
import { startThreadstore, withClient } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { startBare, startProtected, widestLimits } from '../src/contenders/protection.ts';
import { remoteStore } from '../src/load/remote-store.ts';
import { BenchPostgres } from '../src/postgres/bench-postgres.ts';

const missing = { threadId: '00000000-0000-7000-8000-000000000000' };
const notFound = expect.objectContaining({ reason: 'THREAD_NOT_FOUND' }) as unknown;

const rolesOf = async (databaseUrl: string): Promise<readonly unknown[]> => {
  const served = `select distinct rolsuper from pg_roles join pg_stat_activity on usename = rolname
    where datname = current_database() and pid <> pg_backend_pid()`;
  return withClient(databaseUrl, async (client) => (await client.query<{ rolsuper: boolean }>(served)).rows);
};

test('what is measured as protected is, and what is measured as bare is not', async () => {
  await using postgres = await BenchPostgres.start();
  await using on = await startProtected(postgres);
  await using off = await startBare(postgres);
  await using known = remoteStore({ place: on.endpoint, token: on.token });
  await using unknown = new RemoteThreadStore({ endpoint: on.endpoint });
  await using anybody = new RemoteThreadStore({ endpoint: off.endpoint });
  await expect(known.readThread(missing)).rejects.toEqual(notFound);
  await expect(unknown.readThread(missing)).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' });
  await expect(anybody.readThread(missing)).rejects.toEqual(notFound);
  await expect.poll(() => readFile(on.auditLog, 'utf8')).toContain('UNAUTHENTICATED');
  expect(await rolesOf(on.databaseUrl)).toEqual([{ rolsuper: false }]);
  expect(await rolesOf(off.databaseUrl)).toEqual([{ rolsuper: true }]);
});

test('the widest limits are all that bound what callers may have under way', async () => {
  await using help = await startThreadstore(['serve', '--help']);
  await help.ended;
  const overload = /^Overload:\n(?<flags>(?: .*\n)+)/m.exec(help.stdout())?.groups?.['flags'] ?? '';
  const flags = [...overload.matchAll(/^ +(--[\w-]+)/gm)].map(([, flag]) => flag);
  expect(new Set(flags)).toEqual(new Set(Object.keys(widestLimits)));
});
