-- Threads, with the state of their writers, and their items.
--
-- The tenant comes first in every key. What a user sent is kept in columns of type text, exactly as it came; structured
-- values are JSON text. Columns with a default have it as their blank value: a thread that is discarded or deleted goes
-- back to it.

create table threadstore.threads (
  tenant text not null,
  thread_id uuid not null,

  -- Given at creation.
  forked_from_id uuid,
  parent_thread_id uuid,
  session_id text,
  originator text,

  -- Metadata, as patches leave it.
  name text,
  title text,
  preview text not null default '',
  first_user_message text,
  model_provider text not null default '',
  model text,
  reasoning_effort text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  recency_at timestamptz(3) not null default now(),
  cwd text not null default '',
  cli_version text not null default '',
  source text not null default 'unknown',
  thread_source text,
  agent_nickname text,
  agent_role text,
  agent_path text,
  git_commit_hash text,
  git_branch text,
  git_repository_url text,
  approval_mode text not null default 'null',
  sandbox_policy text not null default 'null',
  token_usage text not null default 'null',
  memory_mode text not null default 'enabled',

  -- The writer: its epoch, the sequence of its next batch, the ordinal of its next item, its lease (null: released).
  writer_epoch bigint not null,
  writer_seq bigint not null default 0,
  next_ordinal bigint not null default 0,
  lease_holder text,
  lease_since timestamptz(3),
  lease_until timestamptz(3),

  -- False for threads that only their creator knows, and for tombstones.
  materialized boolean not null default false,
  archived_at timestamptz(3),
  deleted_at timestamptz(3),

  primary key (tenant, thread_id),
  constraint lease_is_whole check (num_nulls(lease_holder, lease_since, lease_until) in (0, 3)),
  constraint tombstone_is_blank check (
    deleted_at is null or (not materialized and archived_at is null and lease_holder is null and next_ordinal = 0)
  )
)
-- Each append writes its thread's row again, on the same page as long as there is room.
with (fillfactor = 80);

create table threadstore.items (
  tenant text not null,
  thread_id uuid not null,
  ordinal bigint not null,
  -- The batch that brought it. Neither grows smaller from one ordinal to the next, in this order.
  epoch bigint not null,
  sequence bigint not null,
  -- Of the turn that it belongs to, where that is known.
  turn_number integer,
  created_at timestamptz(3) not null default now(),
  -- The JSON text as it was appended. Not jsonb, which changes texts and refuses some.
  body text not null,
  primary key (tenant, thread_id, ordinal)
);

-- One for each order of a listing, walked either way: a page is read from where the one before ended, without a sort.
create index threads_by_created on threadstore.threads (tenant, created_at, thread_id)
  where materialized and archived_at is null;
create index threads_by_updated on threadstore.threads (tenant, updated_at, thread_id)
  where materialized and archived_at is null;
create index threads_by_recency on threadstore.threads (tenant, recency_at, thread_id)
  where materialized and archived_at is null;
create index archived_threads_by_created on threadstore.threads (tenant, created_at, thread_id)
  where materialized and archived_at is not null;
create index archived_threads_by_updated on threadstore.threads (tenant, updated_at, thread_id)
  where materialized and archived_at is not null;
create index archived_threads_by_recency on threadstore.threads (tenant, recency_at, thread_id)
  where materialized and archived_at is not null;

-- Children of a thread, archived or not: the walk to all descendants passes through both.
create index threads_by_parent on threadstore.threads (tenant, parent_thread_id)
  where materialized and parent_thread_id is not null;

-- Threads of a directory, the one filter that may leave few of many. The start of the path: an index entry can't be long.
create index threads_by_cwd on threadstore.threads (tenant, left(cwd, 256)) where materialized;
