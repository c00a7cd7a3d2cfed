import type { Database } from '../../src/index.ts';
import { serverDatabase } from './databases.ts';
import { walledDatabase } from './walled.ts';

/** Where statements are planned. */
export interface Planning extends AsyncDisposable {
  /** A superuser's, who fills the tables. */
  readonly admin: Database;
  /** As a store of the tenant has it. */
  as(tenant: string): Database;
}

/** Policies change plans: what is planned is planned with and without. */
export const plannings: readonly { readonly name: string; readonly open: () => Promise<Planning> }[] = [
  {
    name: 'as a superuser',
    open: async () => {
      const opened = await serverDatabase();
      return { ...opened, admin: opened.database, as: (tenant) => opened.database.forTenant(tenant) };
    },
  },
  {
    name: 'behind the wall',
    open: async () => {
      const opened = await walledDatabase();
      return { ...opened, as: (tenant) => opened.database.forTenant(tenant) };
    },
  },
];

/** The plan that serves all parameters, which is what a connection comes to use. */
export async function genericPlan(
  database: Database,
  text: string,
  types: readonly string[],
  settings = '',
): Promise<string> {
  return database.transaction(async ({ query, script }) => {
    await script(
      `set local plan_cache_mode = force_generic_plan; ${settings}; prepare planned (${types.join(', ')}) as ${text}`,
    );
    const rows = await query(`explain (costs off) execute planned (${types.map(() => 'null').join(', ')})`);
    await script('deallocate planned');
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  });
}
