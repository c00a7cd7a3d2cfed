import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { startNativePostgres } from '../src/native-postgres.ts';
import { withClient } from '../src/running-postgres.ts';
import { startProcess } from '../src/started-process.ts';
import { waitFor } from '../src/wait-for.ts';
import { lives } from './lives.ts';

/** The folder of a server and its process id, as it tells itself. */
async function placeOf(url: string): Promise<{ folder: string; pid: number }> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ data: string; pid: string }>(
      `select current_setting('data_directory') as data, pg_read_file('postmaster.pid') as pid`,
    );
    return { folder: dirname(rows[0]?.data ?? ''), pid: Number.parseInt(rows[0]?.pid ?? '', 10) };
  });
}

test('serves whoever has the password, and leaves nothing when stopped', async () => {
  const server = await startNativePostgres();
  const { folder, pid } = await placeOf(server.url);
  try {
    const stranger = new URL(server.url);
    stranger.password = 'guess';
    await expect(placeOf(stranger.href)).rejects.toThrow(/password/);
    expect([existsSync(folder), lives(pid)]).toEqual([true, true]);
  } finally {
    await server.stop();
  }
  expect([existsSync(folder), lives(pid)]).toEqual([false, false]);
  await server.stop();
});

test('leaves nothing when its process is killed', async () => {
  const source = new URL('../src/native-postgres.ts', import.meta.url).href;
  const script = `
    const { startNativePostgres } = await import(${JSON.stringify(source)});
    console.log('at ' + (await startNativePostgres()).url);`;
  const args = ['--input-type=module', '--eval', script];
  await using child = await startProcess(process.execPath, args, { ready: /^at (.*)$/ });
  const url = child.readyMatch[1] ?? '';
  const { folder } = await placeOf(url);
  child.kill('SIGKILL');
  await waitFor(() => !existsSync(folder), { what: 'the folder to go' });
  await expect(placeOf(url)).rejects.toThrow(/ECONNREFUSED/);
});

test('one that was left behind is ended, with its folder, by the next start', async () => {
  await using ended = await startProcess(process.execPath, ['--version']);
  await ended.ended;
  const orphan = await startNativePostgres();
  const { folder, pid } = await placeOf(orphan.url);
  writeFileSync(join(folder, 'owner.pid'), String(ended.pid));
  const next = await startNativePostgres();
  try {
    expect([existsSync(folder), lives(pid)]).toEqual([false, false]);
    expect(lives((await placeOf(next.url)).pid)).toBe(true);
  } finally {
    await next.stop();
    await orphan.stop();
  }
});

test('is as durable as servers are by default where that is asked for', async () => {
  const server = await startNativePostgres({ durable: true });
  try {
    const settings = await withClient(server.url, async (client) => {
      const { rows } = await client.query<{ name: string; setting: string }>(
        `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes')`,
      );
      return rows.map(({ name, setting }) => `${name} ${setting}`);
    });
    expect(settings.toSorted()).toEqual(['fsync on', 'full_page_writes on', 'synchronous_commit on']);
  } finally {
    await server.stop();
  }
});

test('has its data when it was killed and started again', async () => {
  const server = await startNativePostgres();
  try {
    await withClient(server.url, (client) => client.query('create table kept (); checkpoint'));
    await server.kill();
    await expect(placeOf(server.url)).rejects.toThrow(/ECONNREFUSED/);
    await server.restart();
    await withClient(server.url, (client) => client.query('select from kept'));
  } finally {
    await server.stop();
  }
});
