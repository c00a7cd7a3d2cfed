import { randomUUID } from 'node:crypto';
import { RemoteThreadStore } from '@threadstore/client';
import { connectPostgres } from '@threadstore/postgres';
import { createScratchDatabase, serveThreadstore, waitFor } from '@threadstore/testkit';
import { expect, test } from 'vitest';

test('a statement that goes on in the database does not hold up the end for long', async () => {
  await using scratch = await createScratchDatabase();
  await using database = connectPostgres({ connectionString: scratch.url });
  await using serving = await serveThreadstore(['--migrate', '--drain-timeout-ms', '100'], {
    env: { DATABASE_URL: scratch.url },
  });
  await using store = new RemoteThreadStore({ endpoint: serving.endpoint });
  const threadId = randomUUID();
  const { epoch } = await store.createThread({ threadId });
  await store.appendItems({ threadId, epoch, sequence: 0n, items: ['{"type":"a"}'] });
  await database.query(`create function sleep() returns trigger language plpgsql as
    $$ begin perform pg_sleep(60); return old; end $$`);
  await database.query('create trigger sleep before delete on threadstore.items for each row execute function sleep()');
  const deleted = store.deleteThread({ threadId }).catch((error: unknown) => error);
  const sleeping = `from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`;
  await waitFor(async () => (await database.query(`select pid ${sleeping}`)).length === 1);

  const begun = performance.now();
  serving.kill('SIGTERM');
  expect(await serving.ended).toEqual({ code: 1, signal: null });
  expect(performance.now() - begun).toBeLessThan(20_000);
  expect(serving.stderr()).toContain('ending without the database, which does not let go');
  expect(await deleted).toMatchObject({ effect: 'unknown' });
  await database.query(`select pg_terminate_backend(pid) ${sleeping}`);
});
