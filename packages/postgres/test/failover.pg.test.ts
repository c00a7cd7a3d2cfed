import { randomUUID } from 'node:crypto';
import { startNativePostgres, startStandby, TcpProxy, waitFor, withClient } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { connectPostgres, fenceWriters, migrate, PostgresThreadStore, type Database } from '../src/index.ts';
import { failure } from './support/errors.ts';
import { item, items, writtenThread } from './support/threads.ts';

/** A primary and a standby that nobody waits for, which can be made to fall behind and to take over. */
async function replicated() {
  await using started = new AsyncDisposableStack();
  const primary = await startNativePostgres();
  started.defer(() => primary.stop());
  const first = connectPostgres({ connectionString: primary.url });
  started.defer(() => first.close());
  await migrate(first);
  const link = started.use(await TcpProxy.to(primary.url));
  const standby = await startStandby(primary, link.url);
  started.defer(() => standby.stop());
  const second = connectPostgres({ connectionString: standby.url });
  started.defer(() => second.close());
  const rest = started.move();
  return {
    first,
    second,
    /** The standby gets nothing of what comes after this. */
    fallBehind: async (): Promise<void> => {
      const end = await lsn(first, 'pg_current_wal_flush_lsn()');
      const has = async (): Promise<boolean> => (await lsn(second, 'pg_last_wal_replay_lsn()')) >= end;
      await waitFor(has, { what: 'the standby to catch up' });
      link.mode = 'black-hole';
      link.cut();
    },
    failOver: async (): Promise<void> => {
      await primary.kill();
      await withClient(standby.url, (client) => client.query('select pg_promote(true, 60)'));
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

async function lsn(database: Database, of: string): Promise<bigint> {
  const [row] = await database.query(`select (${of} - '0/0')::bigint as bytes`);
  return BigInt(row?.['bytes'] ?? 0);
}

test('after a failover to a standby that was behind epochs are granted twice, and fenced writers hold none of them', async () => {
  await using servers = await replicated();
  const before = new PostgresThreadStore({ database: servers.first });
  const [taken, twice] = [await writtenThread(before), await writtenThread(before)];
  await servers.fallBehind();
  // Granted and acknowledged by the primary, and lost with it.
  const old = [
    await before.resumeThread({ threadId: taken.threadId, takeover: 'steal' }),
    await before.resumeThread({ threadId: twice.threadId, takeover: 'steal' }),
    await before.createThread({ threadId: randomUUID() }),
  ] as const;
  for (const grant of old) await before.appendItems({ ...grant, sequence: 0n, items: items(1, 'lost') });
  await servers.failOver();

  const after = new PostgresThreadStore({ database: servers.second });
  // What it is good against: two writers hold one epoch, and one's items stand in the other's place.
  const [zombie, second, lost] = old;
  const again = await after.resumeThread({ threadId: twice.threadId, takeover: 'steal' });
  expect(again.epoch).toBe(second.epoch);
  await after.appendItems({ ...second, sequence: 0n, items: [item('of the one')] });
  expect(await failure(after.appendItems({ ...again, sequence: 0n, items: [item('of the other')] }))).toMatchObject({
    reason: 'SEQUENCE_REUSED',
  });

  const { epoch } = await fenceWriters(servers.second);
  for (const { threadId, epoch: given } of [taken, twice, zombie, second, again]) {
    const late = after.appendItems({ threadId, epoch: given, sequence: 1n, items: [item('late')] });
    expect(await failure(late)).toMatchObject({ reason: 'FENCED' });
  }
  for (const { threadId } of [taken, twice]) {
    const grant = await after.resumeThread({ threadId });
    expect(grant.epoch).toBe(epoch + 1n);
    await after.appendItems({ ...grant, sequence: 0n, items: [item('on')] });
  }
  // A thread that is gone with the primary, made again.
  const gone = await failure(after.appendItems({ ...lost, sequence: 1n, items: items(1) }));
  expect(gone).toMatchObject({ reason: 'THREAD_NOT_FOUND' });
  expect(await after.createThread({ threadId: lost.threadId })).toMatchObject({ epoch });
  const late = after.appendItems({ ...lost, sequence: 0n, items: items(1) });
  expect(await failure(late)).toMatchObject({ reason: 'FENCED' });
});
