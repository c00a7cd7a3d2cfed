import assert from 'node:assert/strict';
import { optionalOperations, ThreadStoreError } from '@threadstore/core';
import { chapter, check, checkWith, onFreshStorage, type Fixture } from './chapter.ts';
import type { ContractFactory } from './factory.ts';
import { item, itemOfBytes } from './support/items.ts';
import { refused } from './support/refusals.ts';
import { createThread, createUnmaterialised, itemsOf } from './support/threads.ts';
import { listIds } from './support/walk.ts';
import { operationNames } from './traits/operations.ts';

async function makeThread({ store }: Fixture): Promise<void> {
  await createThread(store);
}

/** Two storages at a time where the factory can have them, else one after the other. */
async function keepsStoragesApart(factory: ContractFactory): Promise<void> {
  if (factory.isolatedStorages === false) await onFreshStorage(factory, {}, makeThread);
  await onFreshStorage(factory, {}, async ({ store }) => {
    const { threadId } = await createThread(store);
    if (factory.isolatedStorages !== false) await onFreshStorage(factory, {}, makeThread);
    assert.deepEqual(await listIds(store), [threadId]);
  });
}

/** The factory goes first, so that a broken one is not taken for a broken store. */
export const factoryChapter = chapter(
  'the factory',
  check('makes an empty storage', async ({ store }) => {
    assert.deepEqual(await listIds(store), []);
    assert.deepEqual(await listIds(store, { archived: true }), []);
  }),

  check('opens store objects that share one storage', async ({ store, open }) => {
    const other = await open();
    assert.notEqual(other, store);
    const writer = await createUnmaterialised(store);
    await writer.append(item(0));
    assert.deepEqual(await itemsOf(other, writer), [item(0)]);
  }),

  { name: 'keeps two storages apart', run: keepsStoragesApart },

  checkWith(
    { limits: { itemBytesMax: 64 }, leaseDurationMs: 4_321 },
    'passes on limits and lease duration',
    async ({ store }) => {
      const writer = await createThread(store);
      await refused(writer.append(itemOfBytes(65)), 'LIMIT_EXCEEDED', { limit: 'itemBytesMax', max: '64' });
      const { lease } = await store.readThread(writer);
      const duration = (lease?.until.getTime() ?? 0) - (lease?.since.getTime() ?? 0);
      assert.ok(duration >= 4_321 && duration < 60_000, `a lease of about 4,321 ms, this one has ${duration}`);
    },
  ),

  check('declares the capabilities that its stores have, all of them', async ({ store, factory }) => {
    const names = Object.keys(optionalOperations).toSorted();
    assert.deepEqual(Object.keys(store.capabilities).toSorted(), names);
    assert.deepEqual({ ...store.capabilities }, { ...factory.capabilities });
    for (const [name, has] of Object.entries(store.capabilities)) assert.equal(typeof has, 'boolean', name);
  }),

  check('makes stores that have every operation', async ({ store }) => {
    for (const name of [...operationNames, 'close', Symbol.asyncDispose] as const) {
      assert.equal(typeof store[name], 'function', String(name));
    }
  }),

  check('makes stores whose errors are of the class of this copy of @threadstore/core', async ({ store }) => {
    const error: unknown = await store.readThread({ threadId: 'x' }).catch((reason: unknown) => reason);
    const hint = 'two copies of @threadstore/core are installed?';
    assert.ok(error instanceof ThreadStoreError, `${hint} ${String(error)}`);
  }),
);
