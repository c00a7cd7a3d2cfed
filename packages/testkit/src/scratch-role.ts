import { randomBytes } from 'node:crypto';
import { connectPostgres, grantServing } from '@threadstore/postgres';
import { escapeIdentifier } from 'pg';
import { withClient } from './running-postgres.ts';

export interface ScratchRole extends AsyncDisposable {
  readonly name: string;
  /** The database as this role has it. */
  readonly url: string;
  /** Removes the role and what it has in the database, which must still be there. Safe to call again. */
  drop(): Promise<void>;
}

/** Makes a role of the server for the caller alone, without any privilege. Its attributes as SQL has them: `bypassrls`. */
export async function createScratchRole(databaseUrl: string, attributes = ''): Promise<ScratchRole> {
  const name = `threadstore_test_role_${randomBytes(6).toString('hex')}`;
  const quoted = escapeIdentifier(name);
  await withClient(databaseUrl, (admin) => admin.query(`create role ${quoted} login password 'secret' ${attributes}`));
  const url = new URL(databaseUrl);
  url.username = name;
  url.password = 'secret';
  let dropped: Promise<unknown> | undefined;
  const drop = async (): Promise<void> => {
    dropped ??= withClient(databaseUrl, (admin) => admin.query(`drop owned by ${quoted}; drop role ${quoted}`));
    await dropped;
  };
  return { name, url: url.href, drop, [Symbol.asyncDispose]: drop };
}

/** A role that may serve the threads of a migrated database, and owns nothing: as services should have. */
export async function createServingRole(databaseUrl: string): Promise<ScratchRole> {
  const role = await createScratchRole(databaseUrl);
  await using database = connectPostgres({ connectionString: databaseUrl });
  await grantServing(database, role.name);
  return role;
}
