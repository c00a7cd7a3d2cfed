import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DatabaseFailure } from '../src/database.ts';
import { connectPostgres, PostgresThreadStore } from '../src/index.ts';
import { backends, type TestDatabase } from './support/databases.ts';
import { everythingOf, failure } from './support/errors.ts';
import { item, writtenThread } from './support/threads.ts';

const marker = 'my-password-is-hunter2';

describe.each(backends)('$name', ({ open }) => {
  let opened: TestDatabase;
  let store: PostgresThreadStore;

  beforeAll(async () => {
    opened = await open();
    store = new PostgresThreadStore({ database: opened.database });
    // The server's answer to what offends against it shows the whole row.
    await opened.database.query(
      `alter table threadstore.items add constraint no_secrets check (strpos(body, '${marker}') = 0)`,
    );
    await opened.database.query(
      `alter table threadstore.threads add constraint no_secrets check (strpos(name, '${marker}') = 0)`,
    );
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  test('the server shows what was written, and none of it is in the error', async () => {
    const { threadId, epoch } = await writtenThread(store);
    const calls = [
      store.appendItems({ threadId, epoch, sequence: 1n, items: [item(marker)] }),
      store.updateThreadMetadata({ threadId, patch: { name: marker } }),
      store.createThread({ threadId: randomUUID(), metadata: { name: marker } }),
    ];
    for (const error of await Promise.all(calls.map(failure))) {
      expect(error).toMatchObject({ code: 'internal', effect: 'none', message: 'internal error' });
      expect(error.cause).toBeInstanceOf(DatabaseFailure);
      expect(error.cause).toMatchObject({ kind: 'refused', code: '23514' });
      expect(everythingOf(error)).not.toContain(marker);
      expect(everythingOf(error)).not.toContain('insert into');
    }
  });

  test('the same in a transaction', async () => {
    const broken = opened.database.transaction(({ query }) => query(`select '${marker}'::int, $1::text`, [marker]));
    const error: unknown = await broken.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'refused', code: '22P02', mayBeCommitted: false });
    expect(everythingOf(error)).not.toContain(marker);
  });
});

test('neither what describes a database nor what refuses its URL shows the password', async () => {
  await using database = connectPostgres({ connectionString: `postgresql://me:${marker}@db.example:5433/threads` });
  expect(database.description).toBe('Postgres at db.example:5433, database threads');
  expect(everythingOf(database)).not.toContain(marker);
  const wrong = (): unknown => connectPostgres({ connectionString: `postgresql://me:${marker}@:bad:port/x` });
  expect(wrong).toThrow(new TypeError('connectionString: is no URL of a Postgres database'));
});
