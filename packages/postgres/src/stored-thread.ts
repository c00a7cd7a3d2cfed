import type { GitInfo, JsonValue, Lease, MemoryMode, StoredThread, TokenUsage } from '@threadstore/core';
import { parseSourceText } from '@threadstore/core/internal';
import type { Row } from './database.ts';
import { integer, milliseconds, text, textOrNull, time, timeOrNull } from './row.ts';

export const leaseColumns = `lease_holder, ${milliseconds('lease_since')} as lease_since, ${milliseconds('lease_until')} as lease_until`;

/** What `storedThread` reads, for a select list or a returning clause. */
export const threadColumns = `
  thread_id, forked_from_id, parent_thread_id, session_id, originator, name, title, preview, first_user_message,
  model_provider, model, reasoning_effort, ${milliseconds('created_at')} as created_at, ${milliseconds('updated_at')} as updated_at,
  ${milliseconds('recency_at')} as recency_at, ${milliseconds('archived_at')} as archived_at, cwd, cli_version, source, thread_source,
  agent_nickname, agent_role, agent_path, git_commit_hash, git_branch, git_repository_url, approval_mode, sandbox_policy,
  token_usage, memory_mode, next_ordinal, writer_epoch, writer_seq, ${leaseColumns}`;

export function storedThread(row: Row): StoredThread {
  return {
    threadId: text(row, 'thread_id'),
    rolloutPath: null,
    forkedFromId: textOrNull(row, 'forked_from_id'),
    parentThreadId: textOrNull(row, 'parent_thread_id'),
    sessionId: textOrNull(row, 'session_id'),
    originator: textOrNull(row, 'originator'),
    name: textOrNull(row, 'name'),
    title: textOrNull(row, 'title'),
    preview: text(row, 'preview'),
    firstUserMessage: textOrNull(row, 'first_user_message'),
    modelProvider: text(row, 'model_provider'),
    model: textOrNull(row, 'model'),
    reasoningEffort: textOrNull(row, 'reasoning_effort'),
    createdAt: time(row, 'created_at'),
    updatedAt: time(row, 'updated_at'),
    recencyAt: time(row, 'recency_at'),
    archivedAt: timeOrNull(row, 'archived_at'),
    cwd: text(row, 'cwd'),
    cliVersion: text(row, 'cli_version'),
    source: parseSourceText(text(row, 'source')),
    threadSource: textOrNull(row, 'thread_source'),
    agentNickname: textOrNull(row, 'agent_nickname'),
    agentRole: textOrNull(row, 'agent_role'),
    agentPath: textOrNull(row, 'agent_path'),
    gitInfo: gitInfo(row),
    // Written by `metadataAssignments` from checked values of these types.
    approvalMode: JSON.parse(text(row, 'approval_mode')) as JsonValue,
    sandboxPolicy: JSON.parse(text(row, 'sandbox_policy')) as JsonValue,
    tokenUsage: JSON.parse(text(row, 'token_usage')) as TokenUsage | null,
    memoryMode: text(row, 'memory_mode') as MemoryMode,
    nextOrdinal: integer(row, 'next_ordinal'),
    epoch: integer(row, 'writer_epoch'),
    nextSequence: integer(row, 'writer_seq'),
    lease: leaseOrNull(row),
  };
}

/** The lease of a row that has `leaseColumns`. */
export function leaseOrNull(row: Row): Lease | null {
  const holder = textOrNull(row, 'lease_holder');
  return holder === null ? null : { holder, since: time(row, 'lease_since'), until: time(row, 'lease_until') };
}

function gitInfo(row: Row): GitInfo | null {
  const commitHash = textOrNull(row, 'git_commit_hash');
  const branch = textOrNull(row, 'git_branch');
  const repositoryUrl = textOrNull(row, 'git_repository_url');
  return commitHash === null && branch === null && repositoryUrl === null
    ? null
    : { commitHash, branch, repositoryUrl };
}
