import { afterAll, beforeAll, beforeEach } from 'vitest';
import { PostgresThreadStore, type Database } from '../../src/index.ts';
import { emptyTables, serverDatabase, type TestDatabase } from './databases.ts';

export interface UsedServer {
  readonly database: Database;
  readonly url: string;
  /** Straight to the server, past whatever a test puts in between. */
  readonly direct: PostgresThreadStore;
}

/** A database on a server for the tests of a file, or of a group, which find its tables empty. It is there once they run. */
export function usingServer(): UsedServer {
  let opened: (TestDatabase & { readonly url: string }) | undefined;
  let direct: PostgresThreadStore | undefined;
  beforeAll(async () => {
    opened = await serverDatabase();
    direct = new PostgresThreadStore({ database: opened.database });
  });
  beforeEach(() => emptyTables(there(opened).database));
  afterAll(() => opened?.[Symbol.asyncDispose]());
  return {
    get database() {
      return there(opened).database;
    },
    get url() {
      return there(opened).url;
    },
    get direct() {
      return there(direct);
    },
  };
}

function there<T>(one: T | undefined): T {
  if (one === undefined) throw new Error('the tests have not begun');
  return one;
}
