import { ThreadStoreError } from '@threadstore/core';
import { DatabaseFailure, type Database } from './database.ts';
import { flag, text, textOrNull } from './row.ts';
import { storeError } from './sqlstate.ts';

const namesStatement = `
  select quote_ident(pg_get_userbyid(relowner)) as owner, pg_has_role(relowner, 'usage') as owns,
    (select quote_ident(rolname) from pg_roles where rolname = $1::text) as role
  from pg_class where oid = 'threadstore.migrations'::regclass`;

/**
 * Lets a role serve threads, and nothing else: it may read and write rows, but owns nothing and can't change the schema. Holds for what
 * later migrations of the same owner make, too. Retry: safe.
 *
 * Errors: `unavailable` when there is no such role, the user does not own the schema, or the database can't be reached.
 */
export async function grantServing(database: Database, role: string): Promise<void> {
  try {
    await database.transaction(async ({ query, script }) => {
      const [names] = await query(namesStatement, [role]);
      const to = names === undefined ? null : textOrNull(names, 'role');
      if (names === undefined || to === null) throw refused('there is no role of that name');
      // Postgres would grant nothing, and say so in a notice alone.
      if (!flag(names, 'owns')) throw refused("the database's user lacks a privilege");
      await script(grants(text(names, 'owner'), to));
    });
  } catch (error) {
    throw error instanceof DatabaseFailure ? storeError(error, 'write') : error;
  }
}

function grants(owner: string, role: string): string {
  const later = `alter default privileges for role ${owner} in schema threadstore grant`;
  return `
    grant usage on schema threadstore to ${role};
    grant select, insert, update, delete on all tables in schema threadstore to ${role};
    grant usage on all sequences in schema threadstore to ${role};
    grant execute on all functions in schema threadstore to ${role};
    revoke insert, update, delete on threadstore.migrations from ${role};
    ${later} select, insert, update, delete on tables to ${role};
    ${later} usage on sequences to ${role};
    ${later} execute on functions to ${role};`;
}

function refused(message: string): ThreadStoreError {
  return new ThreadStoreError({ reason: 'BACKEND_UNAVAILABLE', message });
}
