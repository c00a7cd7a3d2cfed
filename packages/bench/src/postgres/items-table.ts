/** Connections of each rival's pool. */
export const connections = 32;

/** A table like the one that threadstore keeps items in, with what a rival needs of it. */
export const itemsTable = `create table items (
  tenant text not null,
  thread_id uuid not null,
  ordinal bigint not null,
  body text not null,
  primary key (tenant, thread_id, ordinal)
)`;
