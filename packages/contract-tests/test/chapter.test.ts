import assert from 'node:assert/strict';
import type { ThreadStore } from '@threadstore/core';
import { expect, test } from 'vitest';
import { check, onFreshStorage } from '../src/chapter.ts';
import type { ContractFactory } from '../src/index.ts';
import { itemOfBytes, itemOfDepth } from '../src/support/items.ts';
import { withinBound } from '../src/support/waiting.ts';
import { collectBatches, listAll } from '../src/support/walk.ts';
import { collectContract } from './collecting-runner.ts';
import { memoryFactory } from './memory-factory.ts';
import { mutated } from './mutants/mutant.ts';

/** A factory that notes what is opened, closed and destroyed. */
function watchedFactory(): { factory: ContractFactory; log: string[] } {
  const log: string[] = [];
  const memory = memoryFactory((store) => {
    log.push('open');
    const close = async (): Promise<void> => {
      log.push('close');
      await store.close();
    };
    return mutated(store, { close });
  });
  const createStorage: ContractFactory['createStorage'] = async (options) => {
    const storage = await memory.createStorage(options);
    log.push('create');
    const destroy = async (): Promise<void> => {
      log.push('destroy');
      await storage.destroy();
    };
    return { open: () => storage.open(), destroy };
  };
  return { factory: { ...memory, createStorage }, log };
}

test('a test closes all that it opens, then destroys its storage', async () => {
  const { factory, log } = watchedFactory();
  await onFreshStorage(factory, {}, async ({ open }) => {
    await open();
  });
  assert.deepEqual(log, ['create', 'open', 'open', 'close', 'close', 'destroy']);
});

test('a test that fails cleans up too, and its own failure is the one that is told', async () => {
  const { factory, log } = watchedFactory();
  const failing = check('fails', () => Promise.reject(new Error('the finding')));
  await expect(failing.run(factory)).rejects.toThrow('the finding');
  assert.deepEqual(log, ['create', 'open', 'close', 'destroy']);
  const broken: ContractFactory = {
    ...factory,
    createStorage: async () => ({
      ...(await factory.createStorage()),
      destroy: () => Promise.reject(new Error('the clean-up')),
    }),
  };
  await expect(failing.run(broken)).rejects.toThrow('the finding');
  await expect(check('passes', () => Promise.resolve()).run(broken)).rejects.toThrow('the clean-up');
});

test('every test has a name of its own', () => {
  const paths = collectContract(memoryFactory()).map(({ path }) => path);
  assert.equal(new Set(paths).size, paths.length);
  assert.ok(paths.length > 150, `${paths.length} tests`);
});

test('items have the size and the depth that they are asked for', () => {
  for (const bytes of [30, 100, 1_000]) assert.equal(Buffer.byteLength(itemOfBytes(bytes)), bytes);
  for (const depth of [2, 4, 128]) assert.equal(depthOf(JSON.parse(itemOfDepth(depth))), depth);
});

test('a walk that does not end fails', async () => {
  const endless = { listThreads: () => Promise.resolve({ threads: [], nextCursor: 'again' }) };
  await expect(listAll(endless as Partial<ThreadStore> as ThreadStore)).rejects.toThrow(/did not end/);
});

test('a stream with a gap, an empty batch or another end than it names fails', async () => {
  async function* gap() {
    yield { firstOrdinal: 0n, items: ['a'], untilOrdinal: 3n };
    yield { firstOrdinal: 2n, items: ['b'], untilOrdinal: 3n };
  }
  async function* empty() {
    yield { firstOrdinal: 0n, items: [], untilOrdinal: 0n };
  }
  async function* early() {
    yield { firstOrdinal: 0n, items: ['a'], untilOrdinal: 2n };
  }
  async function* moving() {
    yield { firstOrdinal: 0n, items: ['a'], untilOrdinal: 1n };
    yield { firstOrdinal: 1n, items: ['b'], untilOrdinal: 2n };
  }
  await expect(collectBatches(gap())).rejects.toThrow(/without a gap/);
  await expect(collectBatches(empty())).rejects.toThrow(/empty/);
  await expect(collectBatches(early())).rejects.toThrow(/go on to the end/);
  await expect(collectBatches(moving())).rejects.toThrow(/the same end/);
});

test('a bounded wait hands on what the call does', async () => {
  expect(await withinBound('a value', Promise.resolve(1))).toBe(1);
  await expect(withinBound('an error', Promise.reject(new Error('x')))).rejects.toThrow('x');
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
