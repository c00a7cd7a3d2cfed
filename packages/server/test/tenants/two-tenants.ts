import { randomUUID } from 'node:crypto';
import type { ThreadStore } from '@threadstore/core';
import { connectPostgres, PostgresThreadStore } from '@threadstore/postgres';
import { createScratchDatabase, createServingRole, migrated } from '@threadstore/testkit';
import { guarded, makeToken, type Guarded } from '../auth/guarded.ts';
import type { Kind } from './id-fields.ts';

/** A word that stands in everything that the victim has. */
export const canary = 'zanzibar';

/** Values of the victim's, and how many of each there are. */
type Treasure = Readonly<Record<Kind, readonly string[]>>;

export interface TwoTenants extends AsyncDisposable {
  readonly service: Guarded;
  readonly token: string;
  readonly victim: ThreadStore;
  readonly own: ThreadStore;
  readonly treasure: Treasure;
  /** All that the victim has, in words. */
  readonly inventory: () => Promise<string>;
}

const event = (type: string, rest: object): string => JSON.stringify({ type: 'event_msg', payload: { type, ...rest } });

/** A service on Postgres, as a role that owns nothing, with a tenant that has threads of all kinds and another that asks for them. */
export async function twoTenants(): Promise<TwoTenants> {
  const scratch = await createScratchDatabase(migrated);
  const role = await createServingRole(scratch.url);
  const database = connectPostgres({ connectionString: role.url });
  const stores = {
    acme: new PostgresThreadStore({ database, tenant: 'acme' }),
    beta: new PostgresThreadStore({ database, tenant: 'beta' }),
  };
  const token = makeToken({ tenant: 'beta' });
  const service = await guarded(
    [token],
    {},
    { store: ({ tenant }) => (tenant === 'acme' ? stores.acme : stores.beta) },
  );
  const treasure = await fill(stores.acme);
  return {
    service,
    token: token.text,
    victim: stores.acme,
    own: stores.beta,
    treasure,
    inventory: () => inventoryOf(stores.acme, treasure.thread),
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      await Promise.all(Object.values(stores).map((store) => store.close()));
      await database.close();
      await role.drop();
      await scratch.drop();
    },
  };
}

/** Threads that are live, released, archived, deleted, forked, and children of others. */
async function fill(store: ThreadStore): Promise<Treasure> {
  const thread: string[] = [];
  const turn: string[] = [];
  const epoch = new Set<string>();
  for (let index = 0; index < 12; index += 1) {
    const threadId = randomUUID();
    const metadata = { cwd: `/${canary}`, source: canary, modelProvider: canary, name: canary };
    const relation = index % 3 === 0 ? {} : { parentThreadId: thread[0] ?? null, forkedFromId: thread[0] ?? null };
    const made = { threadId, sessionId: canary, originator: canary, metadata, ...relation };
    await store.persistThread(await store.createThread(made));
    let granted = await store.resumeThread({ threadId, takeover: 'steal' });
    // An epoch of one digit that no thread of the other tenant has.
    while (granted.epoch < 5n) granted = await store.resumeThread({ threadId, takeover: 'steal' });
    const turnId = randomUUID();
    const items = [
      event('task_started', { turn_id: turnId }),
      event('user_message', { message: `${canary} ${index}` }),
      event('task_complete', { turn_id: turnId }),
    ];
    await store.appendItems({ threadId, epoch: granted.epoch, sequence: 0n, items });
    await store.appendItems({ threadId, external: true, operationId: `${canary}-${index}`, items: [items[1] ?? ''] });
    thread.push(threadId);
    turn.push(turnId);
    epoch.add(String(granted.epoch));
  }
  const [, , live = '', archived = '', deleted = '', released = ''] = thread;
  await store.archiveThread({ threadId: archived, epoch: 5n });
  await store.deleteThread({ threadId: deleted, epoch: 5n });
  await store.shutdownThread({ threadId: released, epoch: 5n });
  const cursor = await cursorsOf(store, live);
  const operation = thread.map((_id, index) => `${canary}-${index}`);
  return { thread, turn, epoch: [...epoch], cursor, operation, text: [canary], word: [canary] };
}

async function cursorsOf(store: ThreadStore, threadId: string): Promise<readonly string[]> {
  const pages = await Promise.all([
    store.listThreads({ pageSize: 2 }),
    store.listThreads({ pageSize: 3, sortKey: 'created_at' }),
    store.searchThreads({ searchTerm: canary, pageSize: 2 }),
    store.listTurns({ threadId, pageSize: 1 }),
    store.listItems({ threadId, pageSize: 1 }),
  ]);
  return pages
    .flatMap((page) => [page.nextCursor, 'backwardsCursor' in page ? page.backwardsCursor : null])
    .filter(isText);
}

const isText = (value: string | null): value is string => value !== null;

async function inventoryOf(store: ThreadStore, threads: readonly string[]): Promise<string> {
  const found = threads.map(async (threadId) => {
    try {
      return await store.readThread({ threadId, includeArchived: true, includeHistory: true });
    } catch (error) {
      return String(error);
    }
  });
  const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
  return JSON.stringify(await Promise.all(found), plain);
}
