-- breaking
-- Turns and messages: what listing turns and items, and searching, read. All of it follows from the items and can be made anew.

-- The first item that turns don't know yet; null: they know all. A version that appends without them would leave holes.
alter table threadstore.threads add column index_from bigint;
update threadstore.threads set index_from = 0 where next_ordinal > 0;
-- Not in the way of appends: they change the column seldom.
create index threads_behind on threadstore.threads (tenant, thread_id) where index_from is not null;

-- It was never written.
alter table threadstore.items drop column turn_number;

-- The turns that are not hidden. Times in milliseconds since 1970.
create table threadstore.turns (
  tenant text not null,
  thread_id uuid not null,
  first_ordinal bigint not null,
  -- The first ordinal after it; null while it is open, which the last one alone can be.
  end_ordinal bigint,
  turn_id text not null,
  -- Whether an event opened it.
  explicit boolean not null,
  status text not null,
  error_message text,
  error_details text,
  started_at bigint,
  completed_at bigint,
  duration_ms double precision,
  -- Whether it holds anything that a session shows.
  shows boolean not null,
  user_ordinal bigint,
  final_ordinal bigint,
  unmarked_ordinal bigint,
  primary key (tenant, thread_id, first_ordinal)
)
-- A turn's row is written again while the turn goes on.
with (fillfactor = 90);
create index turns_by_id on threadstore.turns (tenant, thread_id, turn_id, first_ordinal);

-- Items that belong to the turn that they name, not to the one they stand in.
create table threadstore.late_items (
  tenant text not null,
  thread_id uuid not null,
  ordinal bigint not null,
  first_ordinal bigint not null,
  primary key (tenant, thread_id, ordinal) include (first_ordinal)
);
-- Without the tenant: neither index has a part of the other's key at its start, so that none is ever taken for the other.
create index late_items_by_turn on threadstore.late_items (thread_id, first_ordinal, ordinal);

-- What rollbacks hide. Ranges neither overlap nor touch: a marker is between them, and a larger one takes in those inside it.
create table threadstore.hidden_items (
  tenant text not null,
  thread_id uuid not null,
  from_ordinal bigint not null,
  until_ordinal bigint not null,
  primary key (tenant, thread_id, from_ordinal)
);

-- Threads with items of which the messages are not written yet. A table of its own: appends would leave out threads whose rows are
-- locked by who writes messages.
create sequence threadstore.message_notes;
create table threadstore.messages_behind (
  tenant text not null,
  thread_id uuid not null,
  from_ordinal bigint not null,
  until_ordinal bigint not null,
  -- Tells a note from an earlier one of the same thread.
  note bigint not null default nextval('threadstore.message_notes'),
  primary key (tenant, thread_id)
)
with (fillfactor = 50);
insert into threadstore.messages_behind (tenant, thread_id, from_ordinal, until_ordinal)
  select tenant, thread_id, 0, next_ordinal from threadstore.threads where next_ordinal > 0;

-- Words of the messages, written a moment after the items. Each word begins with a mark of the tenant, so that one index is as good as one of each
-- tenant's own.
create table threadstore.messages (
  tenant text not null,
  thread_id uuid not null,
  ordinal bigint not null,
  by_tool boolean not null,
  words tsvector not null,
  primary key (tenant, thread_id, ordinal)
);
-- Words are collected, and a pass that writes messages ends with sorting them in: together, they cost a fraction.
create index messages_by_word on threadstore.messages using gin (words) with (gin_pending_list_limit = 16384);
