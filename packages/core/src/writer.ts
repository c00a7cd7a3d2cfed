import type { ThreadMetadataPatch } from './metadata-patch.ts';
import type { Lease, ThreadId } from './thread.ts';

export interface CreateThreadParams {
  /** Chosen by the caller, before anything is stored. */
  readonly threadId: ThreadId;
  /** Label of the lease's holder. Default: host name and process id of the caller. */
  readonly holder?: string;
  readonly forkedFromId?: ThreadId | null;
  readonly parentThreadId?: ThreadId | null;
  readonly sessionId?: string | null;
  readonly originator?: string | null;
  /** The first metadata; what is absent gets the empty value of its type, and the times the time of this call. */
  readonly metadata?: ThreadMetadataPatch;
}

/** What to do when another writer's lease runs. */
export type Takeover = 'fail' | 'steal';

export interface ResumeThreadParams {
  readonly threadId: ThreadId;
  readonly holder?: string;
  /** `fail` (default) leaves a running lease alone; `steal` ends it and fences its holder. */
  readonly takeover?: Takeover;
  readonly includeArchived?: boolean;
  /** Opens a file as it is. `unsupported` on stores without files. */
  readonly rolloutPath?: string;
}

/** The right to write to a thread, until a later grant, a shutdown or a discard ends it. */
export interface WriterGrant {
  readonly threadId: ThreadId;
  /** Greater than that of every grant before it. Goes with every write. */
  readonly epoch: bigint;
  /** The ordinal that the first item of this writer will get, if nobody takes over before. */
  readonly nextOrdinal: bigint;
  readonly lease: Lease;
}

/** Names a writer in `persistThread`, `flushThread`, `shutdownThread` and `discardThread`. */
export interface WriterRef {
  readonly threadId: ThreadId;
  readonly epoch: bigint;
}

export interface AppendItemsParams {
  readonly threadId: ThreadId;
  readonly epoch: bigint;
  /** Counts the writer's batches: 0 for the first of an epoch, then one more for each. A retry repeats it. */
  readonly sequence: bigint;
  /** At least one. Each is the exact JSON text of an object with a string `type`. */
  readonly items: readonly string[];
  /** Committed together with the items. */
  readonly metadata?: ThreadMetadataPatch;
}

export interface AppendResult {
  readonly firstOrdinal: bigint;
  readonly lastOrdinal: bigint;
  /** True when the batch had been stored before, by an earlier attempt. */
  readonly duplicate: boolean;
}
