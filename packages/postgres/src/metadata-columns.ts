import type { JsonValue, TokenUsage } from '@threadstore/core';
import { sourceText, type CheckedPatch } from '@threadstore/core/internal';
import type { Params } from './params.ts';

/** What a creator gives once. */
export const originColumns = ['forked_from_id', 'parent_thread_id', 'session_id', 'originator'] as const;

/** What patches change. */
export const metadataColumns = [
  'name',
  'title',
  'preview',
  'first_user_message',
  'model_provider',
  'model',
  'reasoning_effort',
  'created_at',
  'updated_at',
  'recency_at',
  'cwd',
  'cli_version',
  'source',
  'thread_source',
  'agent_nickname',
  'agent_role',
  'agent_path',
  'git_commit_hash',
  'git_branch',
  'git_repository_url',
  'approval_mode',
  'sandbox_policy',
  'token_usage',
  'memory_mode',
] as const;

/** What patches change again and again, while a thread is written. */
const turnColumns = [
  'model',
  'reasoning_effort',
  'updated_at',
  'recency_at',
  'cwd',
  'approval_mode',
  'sandbox_policy',
  'token_usage',
] as const satisfies readonly (typeof metadataColumns)[number][];

/** Of which columns a statement takes patches. */
const patchedColumns = { ofTurns: turnColumns, all: metadataColumns } as const;
export type PatchedColumns = keyof typeof patchedColumns;

type MetadataColumn = (typeof metadataColumns)[number];

/** `set` list that takes everything a user gave out of a thread's row. */
export const blankAssignments = [...originColumns, ...metadataColumns]
  .map((column) => `${column} = default`)
  .join(', ');

export interface Assignment {
  readonly column: MetadataColumn;
  readonly value: string | null;
}

/** The columns that a patch names, with their new values. `recency_at` is to be raised to its value, not set. */
export function metadataAssignments(patch: CheckedPatch): readonly Assignment[] {
  const { gitInfo, source, advanceRecencyAt, createdAt, updatedAt, approvalMode, sandboxPolicy, tokenUsage } = patch;
  const values: Readonly<Record<MetadataColumn, string | null | undefined>> = {
    name: patch.name,
    title: patch.title,
    preview: patch.preview,
    first_user_message: patch.firstUserMessage,
    model_provider: patch.modelProvider,
    model: patch.model,
    reasoning_effort: patch.reasoningEffort,
    created_at: createdAt?.toISOString(),
    updated_at: updatedAt?.toISOString(),
    recency_at: advanceRecencyAt?.toISOString(),
    cwd: patch.cwd,
    cli_version: patch.cliVersion,
    source: source === undefined ? undefined : sourceText(source),
    thread_source: patch.threadSource,
    agent_nickname: patch.agentNickname,
    agent_role: patch.agentRole,
    agent_path: patch.agentPath,
    git_commit_hash: gitInfo?.commitHash,
    git_branch: gitInfo?.branch,
    git_repository_url: gitInfo?.repositoryUrl,
    approval_mode: jsonText(approvalMode),
    sandbox_policy: jsonText(sandboxPolicy),
    token_usage: jsonText(tokenUsage),
    memory_mode: patch.memoryMode,
  };
  return metadataColumns.flatMap((column) => {
    const value = values[column];
    return value === undefined ? [] : [{ column, value }];
  });
}

/** The `set` list of a patch, without the word; empty for a patch that changes nothing. */
export function patchAssignments(patch: CheckedPatch, params: Params): string {
  return metadataAssignments(patch)
    .map(({ column, value }) => {
      const place = params.add(value);
      // Of patches that race, the later time stands, whichever comes last.
      return column === 'recency_at' ? `recency_at = greatest(recency_at, ${place})` : `${column} = ${place}`;
    })
    .join(', ');
}

/** The columns that a patch names with their values, as one JSON object. */
export interface PatchObject {
  readonly text: string;
  readonly columns: PatchedColumns;
}

/** Null for a patch that changes nothing. */
export function patchObject(patch: CheckedPatch): PatchObject | null {
  const assignments = metadataAssignments(patch);
  if (assignments.length === 0) return null;
  const isOfTurns = assignments.every(({ column }) => turnColumns.some((one) => one === column));
  return {
    text: JSON.stringify(Object.fromEntries(assignments.map(({ column, value }) => [column, value]))),
    columns: isOfTurns ? 'ofTurns' : 'all',
  };
}

/** The `set` list of a statement whose rows have such an object each, or null, in the column `patch`. */
export function objectAssignments(patch: string, columns: PatchedColumns): string {
  return patchedColumns[columns]
    .map((column) => {
      const value = `(${patch} ->> '${column}')${column.endsWith('_at') ? '::timestamptz' : ''}`;
      if (column === 'recency_at') return `recency_at = greatest(threads.recency_at, ${value})`;
      return `${column} = case when ${patch} ? '${column}' then ${value} else threads.${column} end`;
    })
    .join(', ');
}

function jsonText(value: JsonValue | TokenUsage | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
