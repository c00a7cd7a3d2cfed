-- The wall between tenants: row-level security, by which a statement that forgets its tenant neither shows nor changes rows of others.
--
-- The policies stand here; that they hold is switched on apart from them, as versions before this one never say whose statements they
-- send and would see nothing. A database that is made anew has them on from its start, an older one once it is told (`enforceTenants`).
--
-- Each table with a tenant gets its policies in the migration that makes it. They bind the owner, too: a migration that goes through rows
-- of all tenants says `no force row level security` for its table first. What ends the migrations says `force` again.

-- The setting is null where it was never made, and empty where an earlier transaction of the session made it. No tenant is either.
create policy own_tenant on threadstore.threads
  using (tenant = current_setting('threadstore.tenant', true));
create policy own_tenant on threadstore.items
  using (tenant = current_setting('threadstore.tenant', true));
create policy own_tenant on threadstore.external_appends
  using (tenant = current_setting('threadstore.tenant', true));
create policy own_tenant on threadstore.turns
  using (tenant = current_setting('threadstore.tenant', true));
create policy own_tenant on threadstore.late_items
  using (tenant = current_setting('threadstore.tenant', true));
create policy own_tenant on threadstore.hidden_items
  using (tenant = current_setting('threadstore.tenant', true));
create policy own_tenant on threadstore.messages_behind
  using (tenant = current_setting('threadstore.tenant', true));

-- Words alone may be read by all: behind a policy no index could find them, as Postgres does not take `@@` for proof against leaks. They
-- begin with a mark of their tenant, and what is found is looked up in the items, which have a policy.
create policy any_tenant on threadstore.messages for select using (true);
create policy own_tenant_inserts on threadstore.messages for insert
  with check (tenant = current_setting('threadstore.tenant', true));
create policy own_tenant_updates on threadstore.messages for update
  using (tenant = current_setting('threadstore.tenant', true));
create policy own_tenant_deletes on threadstore.messages for delete
  using (tenant = current_setting('threadstore.tenant', true));

-- Nor does it take `left` for that: the path itself, where it is short enough for an index.
drop index threadstore.threads_by_cwd;
create index threads_by_cwd on threadstore.threads (tenant, cwd) where materialized and octet_length(cwd) <= 1024;

-- Postgres lets the owner of an index do this alone. Whoever serves may be somebody else.
create function threadstore.sort_words_in() returns bigint
  language sql security definer set search_path = pg_catalog, pg_temp
  as $$ select gin_clean_pending_list('threadstore.messages_by_word') $$;
revoke execute on function threadstore.sort_words_in() from public;
