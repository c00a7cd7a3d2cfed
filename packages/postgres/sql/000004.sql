-- Forks of a thread, archived or not.
create index threads_by_source on threadstore.threads (tenant, forked_from_id)
  where materialized and forked_from_id is not null;
