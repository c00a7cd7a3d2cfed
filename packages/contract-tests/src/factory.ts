import type { Limits, StoreCapabilities, ThreadStore } from '@threadstore/core';

/** How the suite wants one storage to behave. Absent: the store's defaults. */
export interface StorageOptions {
  /** How long a write lease lasts without a write, in milliseconds. */
  readonly leaseDurationMs?: number;
  /** The limits to enforce; a limit that is absent keeps its default. */
  readonly limits?: Partial<Limits>;
}

/** One place where threads are kept: a database, a folder, a service. */
export interface ContractStorage {
  /** One more store object (a client, a process, a connection) on this storage. Each test closes all that it opens. */
  open(): Promise<ThreadStore>;
  /** Frees whatever the storage holds. Called once, after all its store objects are closed. */
  destroy(): Promise<void>;
}

/** What the suite must know about the store under test. */
export interface ContractFactory {
  /** Stands in the names of the tests. */
  readonly name: string;
  /** Which optional operations the store has; equal to `capabilities` of every store object. */
  readonly capabilities: StoreCapabilities;
  /**
   * Whether two storages can exist at a time. False when `createStorage` empties one shared database: the suite then never
   * has two. Default `true`.
   */
  readonly isolatedStorages?: boolean;
  /** A fresh and empty storage. */
  createStorage(options?: StorageOptions): Promise<ContractStorage>;
}

/** A runner's `describe`: calls the body at once and groups the tests that it registers. */
export type Describe = (name: string, body: () => void) => unknown;

/** A runner's `test`: registers a test, which fails when its promise rejects. */
export type Test = (name: string, body: () => Promise<void>) => unknown;

export interface ContractOptions {
  readonly describe: Describe;
  readonly test: Test;
  readonly factory: ContractFactory;
  /** How many random command sequences the model test runs. Default 30. */
  readonly modelRuns?: number;
  /** Seed of the model test, as a failure printed it. Default: a new one each time. */
  readonly seed?: number;
}
