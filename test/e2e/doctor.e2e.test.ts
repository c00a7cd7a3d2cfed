import { connectPostgres, migrate } from '@threadstore/postgres';
import { createScratchDatabase, freePort, migrated, serveThreadstore, startNativePostgres } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { threadstore } from './support/commands.ts';

const timeoutMs = 120_000;

interface Finding {
  readonly check: string;
  readonly verdict: string;
  readonly seen: string;
  readonly advice?: string;
}

async function findingsOf(args: readonly string[], env: Record<string, string>): Promise<Map<string, Finding>> {
  const { stdout } = await threadstore(['doctor', '--json', ...args], env);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => JSON.parse(line) as Finding).map((finding) => [finding.check, finding]));
}

test(
  'a sound deployment: all is well, and the exit code says so',
  async () => {
    const postgres = await startNativePostgres({
      durable: true,
      settings: ['log_error_verbosity=terse', 'log_parameter_max_length_on_error=0'],
    });
    try {
      {
        await using owner = connectPostgres({ connectionString: postgres.url });
        await migrate(owner);
        await owner.query(`create role app login password 'secret'`);
      }
      expect(await threadstore(['migrate', '--grant-to', 'app'], { DATABASE_URL: postgres.url })).toMatchObject({
        code: 0,
      });
      const url = new URL(postgres.url);
      url.username = 'app';
      url.password = 'secret';
      const env = { DATABASE_URL: url.href };
      await using service = await serveThreadstore(['--no-reflection'], { env });
      const listen = ['--listen', `127.0.0.1:${await freePort()}`];
      const { code, stdout, stderr } = await threadstore(['doctor', '--endpoint', service.endpoint, ...listen], env);
      expect(stdout.split('\n').filter((line) => line !== '' && !line.startsWith('ok '))).toEqual([]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      for (const check of [
        'node',
        'database',
        'version',
        'role',
        'clock',
        'connections',
        'server log',
        'durability',
        'schema',
        'privileges',
        'listen',
      ]) {
        expect(stdout).toContain(`ok       ${check}: `);
      }
      expect(stdout).toContain(`ok       service ${service.endpoint}: SERVING\n`);
      expect(stdout).not.toContain('secret');
    } finally {
      await postgres.stop();
    }
  },
  timeoutMs,
);

test(
  'each thing that is wrong is told, with what to do',
  async () => {
    await using database = await createScratchDatabase();
    const url = new URL(database.url);
    url.searchParams.set('options', '-c synchronous_commit=off -c log_parameter_max_length_on_error=100');
    const env = { DATABASE_URL: url.href };
    await using service = await serveThreadstore([], {
      env: { THREADSTORE_MIGRATE: 'true', DATABASE_URL: database.url },
    });
    const before = await findingsOf(
      ['--listen', service.endpoint, '--pool-size', '900', '--endpoint', service.endpoint],
      env,
    );
    expect(before.get('durability')).toMatchObject({
      verdict: 'wrong',
      seen: expect.stringContaining('synchronous_commit = off') as string,
    });
    expect(before.get('server log')).toMatchObject({
      verdict: 'warning',
      seen: expect.stringContaining('on_error = 100') as string,
    });
    expect(before.get('connections')).toMatchObject({
      verdict: 'wrong',
      advice: expect.stringContaining('--pool-size') as string,
    });
    expect(before.get('listen')).toMatchObject({ verdict: 'warning', seen: `${service.endpoint} is in use` });
    expect(before.get(`service ${service.endpoint} reflection`)).toMatchObject({ verdict: 'warning' });
    expect(before.get('schema')).toMatchObject({ verdict: 'ok' });

    await using connected = connectPostgres({ connectionString: database.url });
    await connected.query(
      'update threadstore.migrations set number = number + 1000 where number = (select max(number) from threadstore.migrations)',
    );
    await connected.query('update threadstore.migrations set breaking = true');
    expect((await findingsOf([], env)).get('schema')).toMatchObject({
      verdict: 'wrong',
      seen: expect.stringContaining('of a newer threadstore') as string,
    });
    await connected.query('drop schema threadstore cascade');
    expect((await findingsOf([], env)).get('schema')).toMatchObject({
      verdict: 'wrong',
      advice: expect.stringContaining('threadstore migrate') as string,
    });

    const closed = `127.0.0.1:${await freePort()}`;
    const gone = await threadstore(['doctor', '--endpoint', closed], {
      DATABASE_URL: `postgres://user:secret@${closed}/x`,
    });
    expect(gone.code).toBe(1);
    expect(gone.stdout).toContain(
      `wrong    database: Postgres at ${closed}, database x: the database can not be reached`,
    );
    expect(gone.stdout).toContain(`wrong    service ${closed}: no threadstore answers`);
    expect(gone.stdout + gone.stderr).not.toContain('secret');
  },
  timeoutMs,
);

test(
  'privileges that are missing are told by table',
  async () => {
    await using database = await createScratchDatabase(migrated);
    await using owner = connectPostgres({ connectionString: database.url });
    const role = `threadstore_test_role_${database.name.slice(-8).replaceAll(/\W/g, '')}`;
    await owner.query(`create role ${role} login password 'secret'`);
    try {
      await owner.query(`grant usage on schema threadstore to ${role}`);
      await owner.query(`grant select on threadstore.migrations, threadstore.threads to ${role}`);
      const url = new URL(database.url);
      url.username = role;
      url.password = 'secret';
      const found = await findingsOf([], { DATABASE_URL: url.href });
      expect(found.get('privileges')).toMatchObject({
        verdict: 'wrong',
        seen: expect.stringMatching(/^no access to .*items.*threads/) as string,
        advice: expect.stringContaining('--grant-to') as string,
      });
    } finally {
      await owner.query(`drop owned by ${role}`);
      await owner.query(`drop role ${role}`);
    }
  },
  timeoutMs,
);
