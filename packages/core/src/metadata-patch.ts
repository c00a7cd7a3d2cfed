import type { JsonValue, MemoryMode, SessionSource, TokenUsage } from './thread.ts';

/** Each member on its own: absent leaves it, `null` clears it, a value sets it. */
export interface GitInfoPatch {
  readonly commitHash?: string | null;
  readonly branch?: string | null;
  readonly repositoryUrl?: string | null;
}

/**
 * A literal change of a thread's metadata: a field that is absent is left as it is, `null` clears, a value sets. Stores
 * apply it as it stands; what metadata follows from which items is the business of the layer above. A field whose type
 * does not admit `null` can't be cleared, and a field that is not listed here can't be patched: both are `invalid_request`.
 */
export interface ThreadMetadataPatch {
  readonly name?: string | null;
  readonly title?: string | null;
  readonly preview?: string;
  readonly firstUserMessage?: string | null;
  readonly modelProvider?: string;
  readonly model?: string | null;
  readonly reasoningEffort?: string | null;
  readonly createdAt?: Date;
  readonly updatedAt?: Date;
  /** Raises `recencyAt` to this time; an earlier time changes nothing. */
  readonly advanceRecencyAt?: Date;
  readonly cwd?: string;
  readonly cliVersion?: string;
  readonly source?: SessionSource;
  readonly threadSource?: string | null;
  readonly agentNickname?: string | null;
  readonly agentRole?: string | null;
  readonly agentPath?: string | null;
  /** Patched per member; `{}` changes nothing. */
  readonly gitInfo?: GitInfoPatch;
  readonly approvalMode?: JsonValue;
  readonly sandboxPolicy?: JsonValue;
  /** The full running total, not a delta. */
  readonly tokenUsage?: TokenUsage | null;
  readonly memoryMode?: MemoryMode;
  /** `unsupported` on stores without files. */
  readonly rolloutPath?: string;
}
