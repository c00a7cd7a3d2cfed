import { spawnSync } from 'node:child_process';
import { appendFileSync, chownSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNativePostgres } from './native-postgres.ts';
import type { NativePostgresOptions, NativeServer } from './native-server.ts';
import { withClient } from './running-postgres.ts';

/**
 * Starts a standby that follows a native server, from a copy of its data, and resolves when it accepts reads. Its name among the
 * server's standbys is `standby`. `upstream` is the URL that it follows the server by.
 */
export async function startStandby(
  primary: NativeServer,
  upstream: string,
  options: NativePostgresOptions = {},
): Promise<NativeServer> {
  return startNativePostgres(options, {
    password: primary.password,
    copyTo: (data) => copyData(primary, upstream, data),
  });
}

async function copyData(primary: NativeServer, upstream: string, data: string): Promise<void> {
  await withClient(primary.url, async (client) => {
    await client.query(`select pg_backup_start('standby', true)`);
    // Files that the server removes meanwhile are missed; the log of the time of the copy has what they were.
    const copied = spawnSync('cp', ['-a', primary.data, data], { encoding: 'utf8' });
    const missed = copied.stderr.split('\n').filter((line) => line !== '' && !line.includes('No such file'));
    if (missed.length > 0) throw new Error(`standby: ${missed[0]}`);
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    makeStandby(data, rows[0]?.labelfile ?? '', new URL(upstream));
  });
}

function makeStandby(data: string, label: string, { hostname, port, username, password }: URL): void {
  for (const name of ['postmaster.pid', 'postmaster.opts']) rmSync(join(data, name), { force: true });
  // All of the log comes from the server: what was copied of it may be torn.
  for (const name of readdirSync(join(data, 'pg_wal')))
    rmSync(join(data, 'pg_wal', name), { recursive: true, force: true });
  mkdirSync(join(data, 'pg_wal', 'archive_status'));
  writeFileSync(join(data, 'backup_label'), label);
  writeFileSync(join(data, 'standby.signal'), '');
  const upstream = `host=${hostname} port=${port} user=${username} password=${password} application_name=standby`;
  appendFileSync(
    join(data, 'postgresql.auto.conf'),
    `\nprimary_conninfo = '${upstream}'\nsynchronous_standby_names = ''\n`,
  );
  const { uid, gid } = statSync(data);
  const made = ['pg_wal/archive_status', 'backup_label', 'standby.signal'];
  for (const name of made) chownSync(join(data, name), uid, gid);
}
