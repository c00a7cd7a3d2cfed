-- External appends: batches of those who do not hold the thread, each named by an operation id.

-- An external item has the epoch of the writer at that time and the sequence of the writer's last batch (-1 before the first),
-- so that epoch and sequence still never grow smaller along the ordinals.
alter table threadstore.items add column external boolean not null default false;

create table threadstore.external_appends (
  tenant text not null,
  thread_id uuid not null,
  operation_id text not null,
  first_ordinal bigint not null,
  item_count integer not null,
  primary key (tenant, thread_id, operation_id)
);
