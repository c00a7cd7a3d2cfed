import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RemoteThreadStore } from '@threadstore/client';
import { connectPostgres, databaseRisks, riskText, tenantWarnings } from '@threadstore/postgres';
import {
  createScratchDatabase,
  freePort,
  migrated,
  serveThreadstore,
  startThreadstore,
  waitFor,
  startProcess,
} from '@threadstore/testkit';
import { describe, expect, test } from 'vitest';
import { backends, embedded } from './support/backends.ts';
import { TemporaryFolder, threadstore } from './support/commands.ts';
import { logLines } from './support/log-lines.ts';

const item = (text: string): string => JSON.stringify({ type: 'note', payload: text });

describe.each(backends)('a service with $backend', ({ create }) => {
  test('starts, says where it listens, answers, and stops', async () => {
    await using backend = await create();
    await using service = await backend.start();
    expect(service.stdout()).toBe(`threadstore listening on ${service.endpoint}\n`);
    const version = await threadstore(['version'], { THREADSTORE_ENDPOINT: service.endpoint });
    expect(version).toMatchObject({ code: 0, stderr: '' });
    expect(version.stdout).toMatch(
      new RegExp(`^threadstore (\\S+)\nservice ${service.endpoint}: threadstore \\1 SERVING\n$`),
    );
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    const messages = logLines(service.stderr()).map(({ msg }) => msg);
    expect(messages.slice(-2)).toEqual(['listening', 'stopping']);
    const gone = await threadstore(['version', '--endpoint', service.endpoint]);
    expect(gone).toMatchObject({ code: 1, stdout: expect.stringContaining('UNREACHABLE') as string });
  });

  test('SIGTERM during load: exits 0, and has all that it acknowledged', async () => {
    await using backend = await create();
    await using service = await backend.start('--log-level', 'warn');
    await using store = new RemoteThreadStore({ endpoint: service.endpoint, deadlineMs: 2_000 });
    const writers = Array.from({ length: 8 }, () => ({ threadId: randomUUID(), acknowledged: [] as string[] }));
    const load = writers.map(async ({ threadId, acknowledged }) => {
      const { epoch } = await store.createThread({ threadId });
      for (let sequence = 0n; ; sequence += 1n) {
        const items = [item(`${sequence} a`), item(`${sequence} b`)];
        await store.appendItems({ threadId, epoch, sequence, items });
        acknowledged.push(...items);
      }
    });
    const ends = Promise.allSettled(load);
    await waitFor(() => writers.every(({ acknowledged }) => acknowledged.length > 20), { what: 'load' });
    service.kill('SIGTERM');
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect((await ends).map(({ status }) => status)).toEqual(writers.map(() => 'rejected'));
    expect(logLines(service.stderr()).filter(({ level }) => level === 'error')).toEqual([]);

    await using again = await backend.start();
    await using reader = new RemoteThreadStore({ endpoint: again.endpoint });
    for (const { threadId, acknowledged } of writers) {
      const { items } = await reader.loadHistory({ threadId });
      // The one batch that was under way may have been stored without its answer having come.
      expect(items.slice(0, acknowledged.length)).toEqual(acknowledged);
      expect(items.length - acknowledged.length).toBeLessThanOrEqual(2);
    }
  });

  test('the log holds nothing of what threads hold', async () => {
    await using backend = await create();
    await using service = await backend.start('--log-level', 'debug');
    await using store = new RemoteThreadStore({ endpoint: service.endpoint, holder: 'canary-holder' });
    const threadId = randomUUID();
    const metadata = {
      name: 'canary',
      preview: 'canary',
      cwd: '/canary',
      source: 'canary',
      approvalMode: { canary: 1 },
    };
    const { epoch } = await store.createThread({ threadId, sessionId: 'canary', originator: 'canary', metadata });
    await store.appendItems({ threadId, epoch, sequence: 0n, items: [item('canary')] });
    await store.listThreads({ searchTerm: 'canary', cwdFilters: ['/canary'], modelProviders: ['canary'] });
    await store.searchThreads({ searchTerm: 'canary', includeToolOutput: true });
    await store.listTurns({ threadId, itemsView: 'full' });
    await store.listItems({ threadId, turnId: 'canary' });
    const failures = [
      store.appendItems({ threadId, epoch, sequence: 1n, items: ['{"type":"canary"'] }),
      store.appendItems({ threadId, epoch: 9n, sequence: 0n, items: [item('canary')] }),
      store.updateThreadMetadata({ threadId, patch: { title: 'canary\0' } }),
      store.listThreads({ cursor: 'canary' }),
      store.listItems({ threadId, cursor: 'canary' }),
      store.searchThreads({ searchTerm: 'canary '.repeat(40) }),
      store.createThread({ threadId, metadata }),
    ];
    expect((await Promise.allSettled(failures)).map(({ status }) => status)).toEqual(failures.map(() => 'rejected'));
    for await (const _batch of store.streamHistory({ threadId })) break;
    // The stream of appends is logged when it ends.
    await store.close();
    const linesOf = (name: string) => logLines(service.stderr()).filter(({ rpc }) => rpc === name);
    await waitFor(() => linesOf('ReadHistory').length > 0 && linesOf('AppendStream').length > 0, {
      what: 'the last calls',
    });
    expect(service.stderr()).not.toContain('canary');
    expect(service.stdout()).not.toContain('canary');
    expect(linesOf('AppendStream')).toMatchObject([{ appends: 3, refused: 2 }]);
  });
});

describe('where a service can not start', () => {
  test('a port in use: one line that names the flag and the address', async () => {
    await using first = await embedded();
    await using second = await embedded();
    await using service = await first.start();
    const { code, stdout, stderr } = await threadstore(
      ['serve', '--listen', service.endpoint, '--log-level', 'error'],
      second.env,
    );
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `threadstore: --listen: ${service.endpoint} is in use by another process (choose another address with --listen)\n`,
    });
  });

  test('a folder in use: one line that names it and the process', async () => {
    await using backend = await embedded();
    await using service = await backend.start();
    const refused = await threadstore(['serve', '--listen', '127.0.0.1:0'], backend.env);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^threadstore: THREADSTORE_DATA_DIR: .* is in use by process \d+\n$/);
    expect(refused.stderr).toContain(`${service.pid}`);
    const migrating = await threadstore(['migrate', '--data-dir', backend.env['THREADSTORE_DATA_DIR'] ?? '']);
    expect(migrating).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^threadstore: --data-dir: /) as string,
    });
    expect(await threadstore(['version', '--endpoint', service.endpoint])).toMatchObject({ code: 0 });
  });

  test('a folder that can not be made', async () => {
    const refused = await threadstore(['serve', '--data-dir', '/dev/null/threads', '--listen', '127.0.0.1:0']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^threadstore: --data-dir: .*\n$/);
    expect(refused.stderr.split('\n')).toHaveLength(2);
  });

  test('wrong settings: exit code 2, one line, nothing made', async () => {
    await using folder = await TemporaryFolder.create();
    const dataDir = join(folder.path, 'data');
    for (const [args, name] of [
      [['--listen', 'nowhere'], '--listen'],
      [['--page-size-max', '0'], '--page-size-max'],
      [['--drain-timeout-ms', 'soon'], '--drain-timeout-ms'],
      [['--database-url', 'postgres//x'], '--database-url'],
    ] as const) {
      const { code, stdout, stderr } = await threadstore(['serve', '--data-dir', dataDir, ...args]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^threadstore: [^\n]+\n$/);
      expect(stderr).toContain(`threadstore: ${name}: `);
    }
    expect(existsSync(dataDir)).toBe(false);
  });

  test('a database that does not answer: one line without the password, soon', async () => {
    const port = await freePort();
    const url = `postgres://someone:hunter2@127.0.0.1:${port}/threads`;
    for (const args of [['serve', '--listen', '127.0.0.1:0'], ['migrate']]) {
      const { code, stdout, stderr } = await threadstore(args, { THREADSTORE_DATABASE_URL: url });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        new RegExp(
          `^threadstore: THREADSTORE_DATABASE_URL: Postgres at 127\\.0\\.0\\.1:${port}, database threads: .+ \\(ECONNREFUSED\\)\n$`,
        ),
      );
      expect(stderr).not.toContain('hunter2');
    }
  });

  test('a database that takes the connection and says nothing: one line, soon', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { code, stdout, stderr } = await threadstore(['serve', '--listen', '127.0.0.1:0'], {
      DATABASE_URL: `postgres://someone:hunter2@127.0.0.1:${port}/threads`,
    });
    silent.close();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^threadstore: DATABASE_URL: [^\n]+\n$/);
    expect(stderr).not.toContain('hunter2');
  });

  test('a database without the schema: says what to do; migrate does it, once', async () => {
    await using database = await createScratchDatabase();
    const env = { DATABASE_URL: database.url };
    const serve = ['serve', '--listen', '127.0.0.1:0'];
    const refused = await threadstore(serve, env);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^threadstore: DATABASE_URL: [^\n]+ \(threadstore migrate, or serve --migrate\)\n$/);
    const [one, two] = await Promise.all([threadstore(['migrate'], env), threadstore(['migrate'], env)]);
    expect([one.code, two.code]).toEqual([0, 0]);
    expect([one.stdout, two.stdout].toSorted().map((text) => text.replace(/.*: /, ''))).toEqual([
      expect.stringMatching(/^schema version 0 -> \d+\n$/) as string,
      expect.stringMatching(/^schema version \d+, nothing to do\n$/) as string,
    ]);
    await using service = await serveThreadstore([], { env });
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });

  test('--migrate brings the schema up to date first', async () => {
    await using database = await createScratchDatabase();
    await using service = await serveThreadstore([], { env: { DATABASE_URL: database.url, THREADSTORE_MIGRATE: '1' } });
    expect(logLines(service.stderr())[0]).toMatchObject({ msg: 'migrated the database', from: 0 });
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('what a service says of itself', () => {
  test('a server that may lose acknowledged writes, or mix tenants up, is told of by its setting', async () => {
    await using database = await createScratchDatabase(migrated);
    await using service = await serveThreadstore([], { env: { DATABASE_URL: database.url } });
    await service.stop();
    const told = logLines(service.stderr()).filter(({ level }) => level === 'warn');
    // The server of the tests runs without fsync; one that they are pointed to may be safe.
    await using connected = connectPostgres({ connectionString: database.url });
    expect(told.map(({ msg }) => msg)).toEqual([
      ...(await databaseRisks(connected)).map(riskText),
      // The user of the tests may make databases, and so more than a service should.
      ...(await tenantWarnings(connected)),
    ]);
  });

  test.each([
    { value: 'fsync = off', options: null },
    { value: 'synchronous_commit = off', options: '-c synchronous_commit=off' },
  ])('a server with $value is refused, unless that is allowed', async ({ value, options }) => {
    await using database = await createScratchDatabase(migrated);
    const url = new URL(database.url);
    if (options !== null) url.searchParams.set('options', options);
    const env = { DATABASE_URL: url.href, THREADSTORE_ALLOW_UNSAFE_DATABASE: 'false' };
    await using connected = connectPostgres({ connectionString: url.href });
    const risks = await databaseRisks(connected);
    // One that the tests are pointed to may be safe.
    if (!risks.some((risk) => riskText(risk).startsWith(value))) return;
    const refused = await threadstore(['serve', '--listen', '127.0.0.1:0'], env);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^threadstore: DATABASE_URL: Postgres at .*\n$/);
    expect(refused.stderr).toContain(value);
    expect(refused.stderr).toContain('(to use it all the same: --allow-unsafe-database)');
  });

  test('the embedded database is for one machine; a service beyond loopback is open to all', async () => {
    await using backend = await embedded();
    await using local = await backend.start();
    const warnings = (stderr: string): readonly string[] =>
      logLines(stderr)
        .filter(({ level }) => level === 'warn')
        .map(({ msg }) => msg);
    await local.stop();
    expect(warnings(local.stderr())).toEqual([expect.stringMatching(/one machine.*power cuts/) as string]);
    await using open = await backend.start('--listen', '0.0.0.0:0');
    expect(open.endpoint).toMatch(/^0\.0\.0\.0:\d+$/);
    await open.stop();
    expect(warnings(open.stderr()).toSorted()).toEqual([
      expect.stringMatching(/beyond loopback/) as string,
      expect.stringMatching(/power cuts/) as string,
    ]);
  });

  test('a flag counts before DATABASE_URL, which counts before the folder in a variable', async () => {
    await using backend = await embedded();
    const unreachable = { DATABASE_URL: 'postgres://127.0.0.1:1/threads' };
    const refused = await threadstore(['serve', '--listen', '127.0.0.1:0'], { ...backend.env, ...unreachable });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^threadstore: DATABASE_URL: /) as string });
    const dataDir = backend.env['THREADSTORE_DATA_DIR'] ?? '';
    await using service = await serveThreadstore(['--data-dir', dataDir], { env: unreachable });
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('signals', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s while it starts: exits soon, and the folder is free',
    async (signal) => {
      await using backend = await embedded();
      await using starting = await startThreadstore(['serve', '--listen', '127.0.0.1:0'], { env: backend.env });
      await waitFor(() => existsSync(join(backend.env['THREADSTORE_DATA_DIR'] ?? '', 'postgres')), {
        what: 'the database',
      });
      starting.kill(signal);
      expect(await starting.ended).toEqual({ code: 0, signal: null });
      expect(starting.stdout()).toBe('');
      await using service = await backend.start();
      expect(service.stdout()).toContain('listening');
    },
  );

  test('a call that never ends is cut off at the bound; a second signal does not wait for it', async () => {
    await using backend = await embedded();
    await using started = new AsyncDisposableStack();
    const held = async (...flags: readonly string[]): Promise<Awaited<ReturnType<typeof backend.start>>> => {
      const service = started.use(await backend.start(...flags));
      const store = started.use(new RemoteThreadStore({ endpoint: service.endpoint }));
      const threadId = randomUUID();
      const { epoch } = await store.createThread({ threadId });
      const items = Array.from({ length: 100 }, () => item('x'.repeat(100_000)));
      await store.appendItems({ threadId, epoch, sequence: 0n, items });
      // A history whose reader takes one batch and then stops.
      await store.streamHistory({ threadId })[Symbol.asyncIterator]().next();
      return service;
    };
    const bounded = await held('--drain-timeout-ms', '300');
    expect(await bounded.stop()).toEqual({ code: 0, signal: null });
    const forced = await held('--drain-timeout-ms', '600000');
    forced.kill('SIGTERM');
    await waitFor(() => forced.stderr().includes('stopping'), { what: 'the drain' });
    forced.kill('SIGTERM');
    expect(await forced.ended).toEqual({ code: 1, signal: null });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s to npm start reaches the service, and leaves nothing running',
    async (signal) => {
      await using backend = await embedded();
      await using npm = await startProcess('npm', ['start'], {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        env: { ...backend.env, THREADSTORE_LISTEN: '127.0.0.1:0' },
        ready: /^threadstore listening on (\S+)$/,
      });
      npm.kill(signal);
      await npm.ended;
      expect(npm.stderr()).toContain('"msg":"stopping"');
      // Its folder is free at once, so its process is gone.
      await using service = await backend.start();
      expect(service.endpoint).not.toBe('');
    },
  );
});
