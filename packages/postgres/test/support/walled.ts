import { createServingRole } from '@threadstore/testkit';
import { connectPostgres, type Database } from '../../src/index.ts';
import { serverDatabase, type TestDatabase } from './databases.ts';

/** A migrated database on a server, as a role that may serve and owns nothing: behind the wall between tenants. */
export interface WalledDatabase extends TestDatabase {
  readonly url: string;
  /** A superuser's, who sees all. */
  readonly admin: Database;
  readonly adminUrl: string;
}

export async function walledDatabase(): Promise<WalledDatabase> {
  const opened = await serverDatabase();
  const role = await createServingRole(opened.url);
  const database = connectPostgres({ connectionString: role.url });
  return {
    database,
    url: role.url,
    admin: opened.database,
    adminUrl: opened.url,
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await role.drop();
      await opened[Symbol.asyncDispose]();
    },
  };
}
