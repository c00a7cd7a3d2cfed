import { createScratchDatabase, createScratchRole } from '@threadstore/testkit';
import { connectPostgres, type Database } from '../../src/index.ts';

/** An empty database, as a role that is no superuser and may make a schema in it. */
export async function ownedDatabase(): Promise<{ admin: Database; database: Database } & AsyncDisposable> {
  const scratch = await createScratchDatabase();
  const admin = connectPostgres({ connectionString: scratch.url });
  const role = await createScratchRole(scratch.url);
  await admin.query(`grant create on database ${scratch.name} to ${role.name}`);
  const database = connectPostgres({ connectionString: role.url });
  return {
    admin,
    database,
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await role.drop();
      await admin.close();
      await scratch.drop();
    },
  };
}
