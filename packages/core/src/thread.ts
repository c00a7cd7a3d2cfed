import type { ThreadHistory } from './history.ts';

/** A UUID of any version, lower case with hyphens on output, accepted in any case. Version 7 is advised for new threads. */
export type ThreadId = string;

/** Any JSON value, as `JSON.parse` gives it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * Where a thread's session was started: a plain origin (`cli`, `vscode`, `exec`, `mcp`, `unknown`, or a word of your own),
 * or a structured one. Filters compare the whole value; the order of an object's keys does not matter.
 */
export type SessionSource = string | { readonly [key: string]: JsonValue };

export type MemoryMode = 'enabled' | 'disabled';

export interface GitInfo {
  readonly commitHash: string | null;
  readonly branch: string | null;
  readonly repositoryUrl: string | null;
}

/** Running totals of a thread, as its model provider counted them. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningOutputTokens: number;
  readonly totalTokens: number;
}

/** The write lease of a thread, readable by anybody. */
export interface Lease {
  /** A label for people, given by the holder; by default its host and process id. Not an identity. */
  readonly holder: string;
  readonly since: Date;
  /** The lease runs until then by the store's clock, unless renewed. After it any resume may take over. */
  readonly until: Date;
}

/** What a store knows about a thread, apart from its items. Times have a resolution of one millisecond. */
export interface StoredThread {
  readonly threadId: ThreadId;
  /** Only on stores that keep threads in files. */
  readonly rolloutPath: string | null;
  readonly forkedFromId: ThreadId | null;
  readonly parentThreadId: ThreadId | null;
  /** Shared by the root thread of a session and its sub-agents. */
  readonly sessionId: string | null;
  /** Name of the client product that created the thread. */
  readonly originator: string | null;
  /** The name a person gave. Never changed by `title`. */
  readonly name: string | null;
  /** The title derived from the history. */
  readonly title: string | null;
  /** First words of the conversation; empty until somebody sets it. */
  readonly preview: string;
  readonly firstUserMessage: string | null;
  readonly modelProvider: string;
  readonly model: string | null;
  readonly reasoningEffort: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Time of the last activity that a person would call recent; never moves back. */
  readonly recencyAt: Date;
  readonly archivedAt: Date | null;
  readonly cwd: string;
  readonly cliVersion: string;
  readonly source: SessionSource;
  readonly threadSource: string | null;
  readonly agentNickname: string | null;
  readonly agentRole: string | null;
  readonly agentPath: string | null;
  /** `null` when all three parts are unknown. */
  readonly gitInfo: GitInfo | null;
  readonly approvalMode: JsonValue;
  readonly sandboxPolicy: JsonValue;
  readonly tokenUsage: TokenUsage | null;
  readonly memoryMode: MemoryMode;
  /** The ordinal that the next item will get, so also the number of items. */
  readonly nextOrdinal: bigint;
  /** The epoch of the latest writer. */
  readonly epoch: bigint;
  /** The sequence that the next batch of that writer gets: for one who goes on with its lease and did not count its batches. */
  readonly nextSequence: bigint;
  /** The lease of the latest writer, `null` once it was released. It may have lapsed: compare `until`. */
  readonly lease: Lease | null;
  /** Only when `includeHistory` was asked for. */
  readonly history?: ThreadHistory;
}
