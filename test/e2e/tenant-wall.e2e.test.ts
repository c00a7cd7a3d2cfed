import { randomUUID } from 'node:crypto';
import { RemoteThreadStore } from '@threadstore/client';
import {
  createScratchDatabase,
  createScratchRole,
  migrated,
  serveThreadstore,
  withClient,
  type ScratchRole,
} from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { threadstore } from './support/commands.ts';
import { logLines } from './support/log-lines.ts';

/** What a service that starts says of its tenants; and it serves. */
async function warningsOf(role: ScratchRole): Promise<readonly string[]> {
  await using service = await serveThreadstore(['--log-level', 'warn'], { env: { DATABASE_URL: role.url } });
  await using store = new RemoteThreadStore({ endpoint: service.endpoint });
  const threadId = randomUUID();
  const { epoch } = await store.createThread({ threadId });
  await store.appendItems({ threadId, epoch, sequence: 0n, items: ['{"type":"note"}'] });
  expect((await store.loadHistory({ threadId })).items).toEqual(['{"type":"note"}']);
  expect(await service.stop()).toEqual({ code: 0, signal: null });
  return logLines(service.stderr())
    .map(({ msg }) => msg)
    .filter((msg) => msg.includes('tenants'));
}

test('migrate lets a role serve that owns nothing, behind the wall', async () => {
  await using database = await createScratchDatabase();
  await using role = await createScratchRole(database.url);
  const env = { DATABASE_URL: database.url };
  const missing = await threadstore(['migrate', '--grant-to', 'no_such_role'], env);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toMatch(/^threadstore: --grant-to: [^\n]+: there is no role of that name\n$/);
  const granted = await threadstore(['migrate'], { ...env, THREADSTORE_GRANT_TO: role.name });
  expect(granted).toMatchObject({ code: 0, stderr: '' });
  expect(granted.stdout).toContain(`: ${role.name} may serve\n`);
  expect(await warningsOf(role)).toEqual([]);
});

test('after an upgrade, the service warns until the wall is asked for', async () => {
  await using database = await createScratchDatabase(migrated);
  await using role = await createScratchRole(database.url);
  const env = { DATABASE_URL: database.url };
  expect(await threadstore(['migrate', '--grant-to', role.name], env)).toMatchObject({ code: 0 });
  // As migrations leave a database from before the wall.
  await withClient(database.url, async (admin) => {
    await admin.query('update threadstore.migrations set breaking = false where number = 5');
    await admin.query('alter table threadstore.items no force row level security, disable row level security');
  });
  expect(await warningsOf(role)).toEqual([expect.stringContaining('run threadstore migrate --enforce-tenants')]);
  const refused = await threadstore(['migrate', '--enforce-tenants'], { DATABASE_URL: role.url });
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('lacks a privilege') as string });
  const enforced = await threadstore(['migrate', '--enforce-tenants'], env);
  expect(enforced).toMatchObject({ code: 0, stderr: '' });
  expect(enforced.stdout).toMatch(/nothing to do\n.*: tenants are held apart\n$/);
  expect(await warningsOf(role)).toEqual([]);
});
