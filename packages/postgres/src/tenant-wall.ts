import { DatabaseFailure, type Database, type RunQuery, type TransactionSession } from './database.ts';
import { withRepetition } from './repetition.ts';
import { flag, text } from './row.ts';
import { storeError } from './sqlstate.ts';

/** The migration with the policies. Versions that don't know it never say whose statements they send. */
export const wallMigration = 5;

/** From the catalog, so that no table is forgotten. */
const openTables = `
  select format('%I.%I', nspname, relname) as name
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace join pg_attribute on attrelid = pg_class.oid
  where nspname = 'threadstore' and relkind in ('r', 'p') and attname = 'tenant' and not attisdropped
    and not (relrowsecurity and relforcerowsecurity)
  order by relname`;

/**
 * Has the server hold tenants apart: whatever a statement of a store asks for, it neither shows nor changes a row of another tenant. Older
 * versions of threadstore, which never say their tenant, find nothing from then on, and refuse to start. A database that `migrate` made
 * from nothing has it from its start. Superusers and roles with `bypassrls` are above it. Retry: safe.
 *
 * Errors: `unavailable` when the schema is too old, the user does not own it, or the database can't be reached.
 */
export async function enforceTenants(database: Database): Promise<void> {
  await withRepetition('write', () => database.transaction(raiseWall));
}

/** {@link enforceTenants} in a transaction under way. */
export async function raiseWall({ query, script }: TransactionSession): Promise<void> {
  for (const row of await query(openTables)) {
    await script(`alter table ${text(row, 'name')} enable row level security, force row level security`);
  }
  await query('update threadstore.migrations set breaking = true where number = $1 and not breaking', [
    `${wallMigration}`,
  ]);
}

export async function isWallUp(query: RunQuery): Promise<boolean> {
  const [row] = await query('select breaking from threadstore.migrations where number = $1', [`${wallMigration}`]);
  return row !== undefined && flag(row, 'breaking');
}

const roleStatement = 'select rolsuper, rolbypassrls from pg_roles where rolname = current_user';

/**
 * Why this user's statements could show or change rows of a tenant that they are not for, if one of them forgot to name its tenant: a
 * line, or none. The schema must be there.
 *
 * Errors: `unavailable` when the database can't be reached.
 */
export async function tenantWarnings(database: Database): Promise<readonly string[]> {
  try {
    if (!(await isWallUp(database.query))) {
      return [
        'the database does not hold tenants apart yet: once all services are of this version, run threadstore migrate --enforce-tenants',
      ];
    }
    const [role] = await database.query(roleStatement);
    if (role !== undefined && flag(role, 'rolsuper'))
      return [
        'the user is a superuser, for whom the database does not hold tenants apart: serve as a role without privileges',
      ];
    if (role !== undefined && flag(role, 'rolbypassrls'))
      return [
        'the user has bypassrls, so that the database does not hold tenants apart for it: serve as a role without privileges',
      ];
    return [];
  } catch (error) {
    throw error instanceof DatabaseFailure ? storeError(error, 'read') : error;
  }
}

/** Each is found from the one before, by key. */
const tenantNames = `
  with recursive found (tenant) as (
    (select tenant from threadstore.threads order by tenant limit 1)
    union all
    select (select tenant from threadstore.threads where tenant > found.tenant order by tenant limit 1)
    from found where found.tenant is not null
  )
  select tenant from found where tenant is not null`;

/**
 * All tenants. Nobody but the owner may know them; he lets the wall down for himself, which others can't see, and waits for the
 * statements under way.
 */
export async function tenantsOf(database: Database): Promise<readonly string[]> {
  return withRepetition('read', () => database.transaction(tenantsIn));
}

/** {@link tenantsOf} in a transaction under way. */
export async function tenantsIn({ query, script }: TransactionSession): Promise<readonly string[]> {
  const [row] = await query(`select row_security_active('threadstore.threads') as bound`);
  const isBound = row !== undefined && flag(row, 'bound');
  if (isBound) await script('alter table threadstore.threads no force row level security');
  const found = await query(tenantNames);
  if (isBound) await script('alter table threadstore.threads force row level security');
  return found.map((tenant) => text(tenant, 'tenant'));
}
