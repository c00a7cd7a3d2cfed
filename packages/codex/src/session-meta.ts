import type { StoredThread, SessionSource, ThreadId } from '@threadstore/core';
import { refused } from './errors.ts';

/** What `session_meta` says of a session, as far as the one who creates it tells. */
export interface SessionStart {
  readonly threadId: ThreadId;
  readonly forkedFromId: ThreadId | null;
  readonly startedAt: Date;
  readonly cwd: string;
  readonly originator: string;
  readonly cliVersion: string;
  readonly source: SessionSource;
  readonly threadSource: string | null;
  readonly agentNickname: string | null;
  readonly agentRole: string | null;
  readonly agentPath: string | null;
  readonly modelProvider: string | null;
  readonly memoryMode: 'enabled' | 'disabled';
  /** JSON texts as they came; `null`: none. */
  readonly baseInstructions: string | null;
  readonly dynamicTools: readonly string[];
}

/**
 * The item that is first in a history: Codex reads from it what the thread was forked from, its instructions, its tools, where it was.
 * JSON texts stand in it as they came.
 */
export function sessionMeta(start: SessionStart): string {
  const { dynamicTools, memoryMode } = start;
  const members: (readonly [string, string | undefined])[] = [
    ['id', JSON.stringify(start.threadId)],
    ['forked_from_id', optional(start.forkedFromId)],
    ['timestamp', JSON.stringify(start.startedAt.toISOString())],
    ['cwd', JSON.stringify(start.cwd)],
    ['originator', JSON.stringify(start.originator)],
    ['cli_version', JSON.stringify(start.cliVersion)],
    ['source', JSON.stringify(start.source)],
    ['thread_source', optional(start.threadSource)],
    ['agent_nickname', optional(start.agentNickname)],
    ['agent_role', optional(start.agentRole)],
    ['agent_path', optional(start.agentPath)],
    ['model_provider', JSON.stringify(start.modelProvider)],
    ['base_instructions', start.baseInstructions ?? 'null'],
    ['dynamic_tools', dynamicTools.length === 0 ? undefined : `[${dynamicTools.join(',')}]`],
    ['memory_mode', memoryMode === 'disabled' ? '"disabled"' : undefined],
  ];
  const payload = members.flatMap(([name, json]) => (json === undefined ? [] : [`"${name}":${json}`]));
  return `{"type":"session_meta","payload":{${payload.join(',')}}}`;
}

/** For a thread that no Codex has written, whose history has none. */
export function sessionMetaOf(thread: StoredThread): string {
  return sessionMeta({
    threadId: thread.threadId,
    forkedFromId: thread.forkedFromId,
    startedAt: thread.createdAt,
    cwd: thread.cwd,
    originator: thread.originator ?? '',
    cliVersion: thread.cliVersion,
    source: thread.source,
    threadSource: null,
    agentNickname: thread.agentNickname,
    agentRole: thread.agentRole,
    agentPath: thread.agentPath,
    modelProvider: thread.modelProvider === '' ? null : thread.modelProvider,
    memoryMode: thread.memoryMode,
    baseInstructions: null,
    dynamicTools: [],
  });
}

function optional(text: string | null): string | undefined {
  return text === null ? undefined : JSON.stringify(text);
}

/** Bytes of a JSON text as they came; `null` for none. */
export function jsonText(bytes: Uint8Array, field: string): string | null {
  if (bytes.byteLength === 0) return null;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  try {
    JSON.parse(text);
  } catch {
    // The engine's own message quotes the text.
    throw refused(field, `${field}: must be JSON`);
  }
  return text;
}

/** What `metadata_json` of 0.129 says. */
export interface SessionMetadata {
  readonly cwd: string | null;
  readonly modelProvider: string | null;
  readonly memoryMode: 'enabled' | 'disabled';
}

/** Releases before 0.129 send none. */
export function sessionMetadata(bytes: Uint8Array): SessionMetadata {
  const value = JSON.parse(jsonText(bytes, 'metadata_json') ?? '{}') as unknown;
  const fields: Readonly<Record<string, unknown>> = typeof value === 'object' && value !== null ? { ...value } : {};
  const text = (field: string): string | null => (typeof fields[field] === 'string' ? fields[field] : null);
  return {
    cwd: text('cwd'),
    modelProvider: text('model_provider'),
    memoryMode: text('memory_mode') === 'disabled' ? 'disabled' : 'enabled',
  };
}
