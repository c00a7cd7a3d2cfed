import type { Database } from '../../src/index.ts';

/** Of 20,000 threads of two tenants, 20 of the tenant `big` have 1,000 items each, turns, late and hidden items, and messages. */
const statements = [
  `insert into threadstore.threads (tenant, thread_id, writer_epoch, materialized, next_ordinal, index_from)
   select (array['big', 'other'])[1 + n % 2], lpad(n::text, 32, '0')::uuid, 1, true, 1000, case when n % 500 = 0 then 0 end
   from generate_series(1, 20000) as n`,
  `insert into threadstore.items (tenant, thread_id, ordinal, epoch, sequence, body)
   select 'big', lpad(id::text, 32, '0')::uuid, n, 1, n, '{"type":"x"}'
   from generate_series(2, 40, 2) as id, generate_series(0, 999) as n`,
  `insert into threadstore.turns (tenant, thread_id, first_ordinal, end_ordinal, turn_id, explicit, status, shows)
   select tenant, thread_id, ordinal, ordinal + 10, 'turn-' || ordinal, true, 'completed', true
   from threadstore.items where ordinal % 10 = 0`,
  `insert into threadstore.late_items (tenant, thread_id, ordinal, first_ordinal)
   select tenant, thread_id, ordinal, 0 from threadstore.items where ordinal % 50 = 25`,
  `insert into threadstore.hidden_items (tenant, thread_id, from_ordinal, until_ordinal)
   select tenant, thread_id, ordinal, ordinal + 5 from threadstore.items where ordinal % 20 = 13`,
  `insert into threadstore.messages (tenant, thread_id, ordinal, by_tool, words)
   select tenant, thread_id, ordinal, ordinal % 4 = 0, array_to_tsvector(array['t:all', 't:n' || ordinal])
   from threadstore.items`,
];

/** So much in the tables, and so much known of it, that a plan which reads all of a table is a bad one. */
export async function fillTables(admin: Database): Promise<void> {
  for (const text of statements) await admin.query(text);
  await admin.query('analyze');
}
