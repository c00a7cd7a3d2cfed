import { defaultLimits, type Limits, type ThreadStore } from '@threadstore/core';
import type { ContractFactory, StorageOptions } from './factory.ts';

/** What a test gets: a fresh storage with one store object on it, and a way to more. */
export interface Fixture {
  readonly store: ThreadStore;
  readonly factory: ContractFactory;
  /** The limits that the storage was asked to enforce. */
  readonly limits: Limits;
  /** One more store object on the same storage; closed after the test. */
  readonly open: () => Promise<ThreadStore>;
}

export type TestBody = (fixture: Fixture) => Promise<void>;

/** One test of the contract, before any runner knows of it. */
export interface ContractTest {
  readonly name: string;
  readonly run: (factory: ContractFactory) => Promise<void>;
}

/** The tests of one operation, or of one property of all operations. */
export interface Chapter {
  readonly name: string;
  readonly tests: readonly ContractTest[];
}

export function chapter(name: string, ...tests: readonly ContractTest[]): Chapter {
  return { name, tests };
}

/** A test on a storage with default options. */
export function check(name: string, body: TestBody): ContractTest {
  return checkWith({}, name, body);
}

/** A test on a storage with options of its own. */
export function checkWith(options: StorageOptions, name: string, body: TestBody): ContractTest {
  return { name, run: (factory) => onFreshStorage(factory, options, body) };
}

/** Runs the body on a storage of its own and leaves nothing open. */
export async function onFreshStorage(factory: ContractFactory, options: StorageOptions, body: TestBody): Promise<void> {
  const storage = await factory.createStorage(options);
  const opened: ThreadStore[] = [];
  const open = async (): Promise<ThreadStore> => {
    const store = await storage.open();
    opened.push(store);
    return store;
  };
  const cleanUp = async (): Promise<void> => {
    await Promise.all(opened.map((store) => store.close()));
    await storage.destroy();
  };
  try {
    await body({ store: await open(), factory, limits: { ...defaultLimits, ...options.limits }, open });
  } catch (error) {
    // What the test found matters more than what its clean-up meets then.
    await cleanUp().catch(() => undefined);
    throw error;
  }
  await cleanUp();
}
