import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectPostgres, PostgresThreadStore } from '../src/index.ts';
import { serverDatabase, type TestDatabase } from './support/databases.ts';
import { items, writtenThread } from './support/threads.ts';

let opened: TestDatabase & { readonly url: string };
beforeAll(async () => {
  opened = await serverDatabase();
});
afterAll(() => opened[Symbol.asyncDispose]());

/** What PgBouncer answers to a client that starts with a setting of its own. */
function refusal(setting: string): Buffer {
  const fields = [`SFATAL`, `VFATAL`, `C08P01`, `Munsupported startup parameter: ${setting}`, ''];
  const body = Buffer.from(`${fields.join('\0')}\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const allowed = ['user', 'database', 'application_name', 'client_encoding'];

/** Stands before the server and refuses the settings that a pooler in transaction mode refuses. */
async function poolerBefore(url: string): Promise<{ url: string; refused: string[]; close: () => Promise<void> }> {
  const target = new URL(url);
  const refused: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    sockets.add(client.on('error', () => undefined));
    client.once('data', (startup) => {
      // Length and protocol version, then names and values in turn.
      const words = startup.subarray(8).toString().split('\0');
      const setting = words.find((word, index) => index % 2 === 0 && word !== '' && !allowed.includes(word));
      if (setting !== undefined) {
        refused.push(setting);
        client.end(refusal(setting));
        return;
      }
      const upstream = connect(Number(target.port), target.hostname);
      sockets.add(upstream.on('error', () => undefined));
      upstream.write(startup);
      client.pipe(upstream).pipe(client);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const own = new URL(url);
  own.hostname = '127.0.0.1';
  own.port = `${address.port}`;
  const close = async (): Promise<void> => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  return { url: own.href, refused, close };
}

test('a pooler that refuses settings of the session gets connections without, and all works', async () => {
  const pooler = await poolerBefore(opened.url);
  const database = connectPostgres({ connectionString: pooler.url });
  try {
    const stores = Array.from({ length: 5 }, () => new PostgresThreadStore({ database }));
    await Promise.all(
      stores.map(async (store) => {
        const { threadId, epoch } = await writtenThread(store);
        expect(await store.appendItems({ threadId, epoch, sequence: 0n, items: items(2) })).toMatchObject({
          duplicate: true,
        });
        await store.deleteThread({ threadId });
      }),
    );
    expect(new Set(pooler.refused)).toEqual(new Set(['statement_timeout']));
    const refusals = pooler.refused.length;
    await Promise.all(Array.from({ length: 10 }, () => database.query('select pg_sleep(0.05)')));
    expect(pooler.refused).toHaveLength(refusals);
    // Its clients share connections: nothing is left on one that another could meet.
    const prepared = await Promise.all(
      Array.from({ length: 10 }, () => database.query('select from pg_prepared_statements')),
    );
    expect(prepared.flat()).toEqual([]);
  } finally {
    await database.close();
    await pooler.close();
  }
});

test('without a pooler the server bounds every statement; with one, those of transactions', async () => {
  const settings = `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`;
  const bounded = { statement: '1234ms', lock: '5s', idle: '10s', name: 'threadstore' };
  await using plain = connectPostgres({ connectionString: opened.url, statementTimeoutMs: 1234 });
  expect(await plain.query(settings)).toEqual([bounded]);
  expect(await plain.transaction(({ query }) => query(settings), { statementTimeoutMs: 60_000 })).toEqual([
    { ...bounded, statement: '1min' },
  ]);
  expect(await plain.query(settings)).toEqual([bounded]);

  const pooler = await poolerBefore(opened.url);
  const database = connectPostgres({ connectionString: pooler.url, statementTimeoutMs: 1234 });
  try {
    expect(await database.query(settings)).toEqual([{ ...bounded, statement: '0', lock: '0', idle: '0' }]);
    expect(await database.transaction(({ query }) => query(settings))).toEqual([bounded]);
    expect(await database.query(settings)).toEqual([{ ...bounded, statement: '0', lock: '0', idle: '0' }]);
  } finally {
    await database.close();
    await pooler.close();
  }
});
