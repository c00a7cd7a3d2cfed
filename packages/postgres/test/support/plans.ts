import type { Database } from '../../src/index.ts';

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
