import { RemoteThreadStore } from '@threadstore/client';
import { startService } from '../contenders/service.ts';
import { pairRow } from '../measuring/side-by-side.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import type { Workload } from './workload.ts';

const [tenants, threadsEach] = [1_000, 1_000];

type ListParams = NonNullable<Parameters<RemoteThreadStore['listThreads']>[0]>;

/** One in a thousand of a tenant's threads is the parent of ten others; one in ten is archived. */
const fill = (firstTenant: number, lastTenant: number): string => `
  insert into threadstore.threads (tenant, thread_id, materialized, created_at, updated_at, recency_at, archived_at, name, preview,
    model_provider, source, cwd, parent_thread_id, writer_epoch)
  select case tenant when 0 then 'default' else 'tenant-' || tenant end,
    md5(tenant || ':' || thread)::uuid, true, made, made + thread % 97 * interval '1 minute', made + thread % 89 * interval '1 minute',
    case when thread % 10 = 9 then made end, 'thread ' || thread, 'what shall be done about ' || md5(thread::text),
    'provider-' || thread % 5, case when thread % 3 = 0 then 'cli' else 'vscode' end, '/srv/project-' || thread % 20,
    case when thread between 1 and 10 then md5(tenant || ':0')::uuid end, 1
  from generate_series(${firstTenant}, ${lastTenant}) as tenant,
    lateral (select thread, timestamptz '2026-01-01' + thread * interval '10 minutes' as made from generate_series(0, ${threadsEach - 1}) as thread) as threads`;

export const lists: Workload = {
  about: `the first page of a list of ${threadsEach.toLocaleString('en')} threads that are all there is, against the same among ${(tenants * threadsEach).toLocaleString('en')} of ${tenants.toLocaleString('en')} tenants`,
  inRounds: true,
  run: async ({ scale, ...plan }) => {
    await using postgres = await BenchPostgres.start();
    await using few = await startService(postgres, { database: 'few' });
    await using many = await startService(postgres, { database: 'many' });
    const count = Math.max(2, Math.round(tenants * scale));
    await postgres.run(few.database, fill(0, 0));
    await postgres.run(many.database, fill(0, count - 1));
    for (const { database } of [few, many]) await postgres.settle(database);
    await using smallStore = new RemoteThreadStore({ endpoint: few.endpoint });
    await using largeStore = new RemoteThreadStore({ endpoint: many.endpoint });
    const rows = [['list', 'few ms', 'many ms', 'among many it takes']];
    for (const { name, params } of await queries(smallStore)) {
      const small = () => smallStore.listThreads(params);
      const large = () => largeStore.listThreads(params);
      rows.push([...(await pairRow({ name, small, large }, plan))]);
    }
    return { rows, notes: [`There were ${(count * threadsEach).toLocaleString('en')} threads in all.`] };
  },
};

async function queries(
  store: RemoteThreadStore,
): Promise<readonly { readonly name: string; readonly params: ListParams }[]> {
  const { threads } = await store.listThreads({ searchTerm: 'thread 0', sortDirection: 'asc' });
  const parent = threads[0]?.threadId ?? '';
  return [
    ...(['created_at', 'updated_at', 'recency_at'] as const).flatMap((sortKey) =>
      (['desc', 'asc'] as const).map((sortDirection) => ({
        name: `by ${sortKey}, ${sortDirection}`,
        params: { sortKey, sortDirection },
      })),
    ),
    { name: 'of a source', params: { allowedSources: ['cli'] } },
    { name: 'of a provider', params: { modelProviders: ['provider-3'] } },
    { name: 'of a directory', params: { cwdFilters: ['/srv/project-7'] } },
    { name: 'archived', params: { archived: true } },
    { name: 'with a term that one has', params: { searchTerm: 'thread 500' } },
    { name: 'with a term that none has', params: { searchTerm: 'quetzalcoatlus' } },
    { name: 'children of a thread', params: { relation: { directChildrenOf: parent } } },
    { name: 'descendants of a thread', params: { relation: { descendantsOf: parent } } },
  ];
}
