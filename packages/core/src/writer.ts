import type { ThreadStoreError } from './errors.ts';
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

/**
 * What to do when another writer's lease runs: `fail` leaves it alone, `steal` ends it and fences its holder, `wait` takes the
 * thread as soon as the lease is released or lapses.
 */
export type Takeover = 'fail' | 'steal' | 'wait';

export interface ResumeThreadParams {
  readonly threadId: ThreadId;
  readonly holder?: string;
  /** Default `fail`. */
  readonly takeover?: Takeover;
  /** How long `wait` waits at most, in milliseconds; then it is refused as `fail` is. Default 30,000; up to a day. */
  readonly waitMs?: number;
  /**
   * The thread's epoch as the caller has read it (`readThread`, `listThreads`): refused (`FENCED`) once a later one was granted, by whatever
   * takeover. For a takeover that is decided on what was read. Without it, one that is held up in the network takes the
   * thread whenever it arrives, from whoever has it by then, though its caller has long given up.
   */
  readonly expectedEpoch?: bigint;
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

/** Names a writer in `persistThread`, `flushThread`, `shutdownThread`, `discardThread` and `renewLeases`. */
export interface WriterRef {
  readonly threadId: ThreadId;
  readonly epoch: bigint;
}

interface AppendedBatch {
  readonly threadId: ThreadId;
  /** At least one. Each is the exact JSON text of an object with a string `type`. */
  readonly items: readonly string[];
  /** Committed together with the items. */
  readonly metadata?: ThreadMetadataPatch;
}

/** An append of the thread's writer. */
export interface WriterAppendParams extends AppendedBatch {
  readonly external?: false;
  readonly epoch: bigint;
  /** Counts the writer's batches: 0 for the first of an epoch, then one more for each. A retry repeats it. */
  readonly sequence: bigint;
}

/** An append of somebody who does not hold the thread: a webhook, a person's note. */
export interface ExternalAppendParams extends AppendedBatch {
  readonly external: true;
  /** Names this append in its thread for ever; made up by the caller, and repeated by a retry. */
  readonly operationId: string;
}

export type AppendItemsParams = WriterAppendParams | ExternalAppendParams;

export interface AppendResult {
  readonly firstOrdinal: bigint;
  readonly lastOrdinal: bigint;
  /** True when the batch had been stored before, by an earlier attempt. */
  readonly duplicate: boolean;
}

export interface RenewLeasesParams {
  /** At most `writersMax` of the limits. */
  readonly writers: readonly WriterRef[];
}

/** A writer whose lease could not be renewed: it may write no more. */
export interface LostLease extends WriterRef {
  /** What its next write would be refused with. */
  readonly error: ThreadStoreError;
}

export interface RenewLeasesResult {
  /** Empty when all were renewed. */
  readonly lost: readonly LostLease[];
}
