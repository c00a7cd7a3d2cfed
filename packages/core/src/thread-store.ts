import type { StoreCapabilities } from './capabilities.ts';
import type { TailEvent, TailThreadParams, ThreadEvent, WatchThreadsParams } from './follow.ts';
import type { ForkThreadParams, ModelContext } from './fork.ts';
import type {
  HistoryBatch,
  LoadHistoryParams,
  ReadThreadByRolloutPathParams,
  ReadThreadParams,
  StreamHistoryParams,
  ThreadHistory,
} from './history.ts';
import type { ListThreadsParams, ThreadPage } from './listing.ts';
import type { SearchThreadsParams, ThreadSearchPage } from './search.ts';
import type { StoredThread } from './thread.ts';
import type { ItemPage, ListItemsParams, ListTurnsParams, TurnPage } from './turns.ts';
import type { ArchiveThreadParams, DeleteThreadParams, UpdateThreadMetadataParams } from './update.ts';
import type {
  AppendItemsParams,
  AppendResult,
  CreateThreadParams,
  RenewLeasesParams,
  RenewLeasesResult,
  ResumeThreadParams,
  WriterGrant,
  WriterRef,
} from './writer.ts';

export interface CallOptions {
  /**
   * Ends the wait. Aborted before the call: nothing is done, effect `none`. Aborted during a write: the write may be done all
   * the same, effect `unknown`. The call rejects with `deadline_exceeded` when the signal's reason is a `TimeoutError`
   * (`AbortSignal.timeout`), else with `cancelled`.
   */
  readonly signal?: AbortSignal;
}

/**
 * A store for the threads of agents. This file is the specification: every store, and every client of a remote store, does
 * what the comments here say, and `@threadstore/contract-tests` checks it.
 *
 * Words. A **thread** is an ordered list of **items** with metadata. An **item** is a JSON object with a string `type`, kept as
 * the exact text that was appended. Its **ordinal** counts from 0 in its thread, without gaps, given by the store; order is
 * never judged by time. A **writer** holds the thread's **lease** and writes under its **epoch**, a number that grows with each
 * grant; an older epoch is **fenced**. A writer's **sequence** counts its batches. Somebody who is not the writer appends
 * **externally**.
 *
 * Rules for all operations.
 * - Ids. A thread id is a UUID, lower case on output, accepted in any case. Anything else, and the nil UUID, is `invalid_request`.
 * - Visibility. A thread that was created but not **materialised** (by its first append or by `persistThread`) exists for its
 *   writer alone: everybody else gets `not_found` and no list shows it. A store belongs to one tenant; another tenant's
 *   threads are `not_found`, alike in every respect to threads that do not exist.
 * - Reads see every write that was acknowledged before they began, by whomever.
 * - Archived threads are read and resumed only with `includeArchived`, else `invalid_request` (`THREAD_ARCHIVED`).
 * - Deleted threads are `not_found` (`THREAD_DELETED`) for ever.
 * - A rejected call rejects with a {@link ThreadStoreError}. Besides the errors that an operation names, any can reject with
 *   `unavailable`, `deadline_exceeded`, `cancelled`, `resource_exhausted`, `unauthenticated`, `permission_denied` or `internal`.
 *   `effect` tells whether something may have been stored.
 * - Wrong input is `invalid_request`, names the field, and nothing of it is stored.
 * - Calls are checked in this order: store closed, signal aborted, input, existence, tombstone, archive, writer.
 */
export interface ThreadStore extends AsyncDisposable {
  /** Which optional operations this store has. The others reject with `unsupported`. */
  readonly capabilities: StoreCapabilities;

  /**
   * Takes a new id and the write lease of its thread, with epoch 1 or higher.
   *
   * Durable on return: the id and the grant. The thread is materialised by its first append or by `persistThread`; discarded or
   * shut down before that, it leaves nothing behind. A thread that its writer left unmaterialised until the lease lapsed
   * may be created again by anybody.
   *
   * Errors: `conflict` when the id has a thread (`THREAD_EXISTS`; also while another creator's lease runs) or had one that was
   * deleted (`THREAD_ID_USED`); `unsupported` for `metadata.rolloutPath`.
   *
   * Retry: after effect `unknown` the id may be taken by the first attempt, whose epoch nobody knows; create another id, or
   * create this one again once its lease has lapsed.
   */
  createThread(params: CreateThreadParams, options?: CallOptions): Promise<WriterGrant>;

  /**
   * Takes the write lease of a stored thread, under an epoch greater than any before it.
   *
   * Once the promise resolves, no write of an earlier epoch succeeds, on any replica, ever. Nothing else changes: no item is
   * written and no metadata is touched.
   *
   * Errors: `not_found`; `invalid_request` when archived and not `includeArchived`; `conflict` (`WRITER_LIVE`) when another
   * lease runs and `takeover` is `fail`, or runs until the end of `wait`, with holder, end of the lease and `retryAfterMs`; `conflict`
   * before that when the thread's epoch is not `expectedEpoch`: `FENCED` when it is a later one, `EPOCH_NOT_GRANTED` when
   * it is an earlier one; `unsupported` for `rolloutPath`.
   *
   * A lease is renewed by each accepted write of its epoch and by `renewLeases`, and judged by the store's clock. A writer whose
   * lease has lapsed can go on writing until somebody resumes the thread. Those who wait are not served in any order.
   *
   * Retry: safe with `steal`, each attempt being a grant of its own that fences those before it. Otherwise, after effect `unknown`, it
   * may meet the lease of its own first attempt; with `expectedEpoch`, of which one attempt at most is granted, it is `FENCED` by
   * it then: read the thread, and expect the epoch that it has now.
   */
  resumeThread(params: ResumeThreadParams, options?: CallOptions): Promise<WriterGrant>;

  /**
   * Appends a batch of items, all or none.
   *
   * When the promise resolves the batch is committed, durable and readable by everybody, with the ordinals it got. The items are
   * contiguous and in the given order. `metadata` is applied in the same commit; otherwise an append changes no metadata,
   * `updatedAt` included. The first append materialises the thread.
   *
   * Calls made on one store object without waiting are stored in the order they were made.
   *
   * A batch is identified by thread, epoch and sequence. Retry: safe. A batch that is stored already is answered with the ordinals
   * it has, `duplicate: true`, and changes nothing, even when its epoch has been fenced since.
   *
   * With `external: true` the append needs no lease and is never fenced: the store puts it after what is there, between two
   * batches of the writer if there is one, whose epoch, sequence and lease it does not touch. It is identified by thread and
   * operation id, an exact text, for the life of the thread, and answered alike when repeated. It does not materialise: a thread
   * that only its creator knows is `not_found`.
   *
   * Errors: `not_found`; `invalid_request` for an empty batch, an item that is not a JSON object with a string `type`, a limit, or
   * an external append to an archived thread; `conflict` with `FENCED`, `EPOCH_NOT_GRANTED`, `WRITER_RELEASED`, `SEQUENCE_GAP` (a
   * batch before it is missing, also because it failed), `SEQUENCE_REUSED` or `OPERATION_REUSED` (same identity, other items).
   *
   * Not promised: order between threads, atomicity across threads.
   */
  appendItems(params: AppendItemsParams, options?: CallOptions): Promise<AppendResult>;

  /**
   * Materialises the thread, even without an item, after all appends called before. Renews the lease. Idempotent; retry: safe.
   *
   * Errors: `not_found`; `conflict` with `FENCED`, `EPOCH_NOT_GRANTED`, `WRITER_RELEASED`.
   */
  persistThread(params: WriterRef, options?: CallOptions): Promise<void>;

  /**
   * Resolves when all appends of this thread that were called before on this store object are durable or have failed; a failed
   * one rejects its own promise, not this one. Renews the lease. Does not materialise. Idempotent; retry: safe.
   *
   * Errors: as `persistThread`.
   */
  flushThread(params: WriterRef, options?: CallOptions): Promise<void>;

  /**
   * Renews the leases of many writers at once, each as an accepted write of its epoch would. A writer that can't be renewed is
   * told in the result, in no particular order, and is no hindrance to the others. A lease that has lapsed is renewed, too.
   * Materialises nothing and waits for no append. Idempotent; retry: safe.
   *
   * Errors: `invalid_request` for a limit or a writer of a wrong form; those of a writer (`not_found`, `FENCED`,
   * `EPOCH_NOT_GRANTED`, `WRITER_RELEASED`) are in the result.
   */
  renewLeases(params: RenewLeasesParams, options?: CallOptions): Promise<RenewLeasesResult>;

  /**
   * Flushes, then releases the lease; attempts the release even if the flush fails. A thread that was never materialised is
   * gone without a trace.
   *
   * Retry: safe. Repeated with the same epoch it resolves, unless the thread was never materialised: then `not_found`.
   *
   * Errors: `not_found`; `conflict` with `FENCED` or `EPOCH_NOT_GRANTED`, and the newer writer is unharmed.
   */
  shutdownThread(params: WriterRef, options?: CallOptions): Promise<void>;

  /**
   * Releases the lease without waiting for appends still under way; what is durable stays. After it resolves the epoch can
   * append no more. A thread that was never materialised is gone without a trace.
   *
   * Terminal and idempotent: it takes no signal and finishes whatever happens to the caller; on a thread that does not exist
   * (any more), or is deleted, it resolves. Retry: safe.
   *
   * Errors: `conflict` with `FENCED` or `EPOCH_NOT_GRANTED`, and the newer writer is unharmed.
   */
  discardThread(params: WriterRef): Promise<void>;

  /**
   * All items of a thread, one consistent snapshot, in memory. For long threads prefer `streamHistory`.
   *
   * Errors: `not_found`; `invalid_request` when archived and not `includeArchived`. Retry: safe.
   */
  loadHistory(params: LoadHistoryParams, options?: CallOptions): Promise<ThreadHistory>;

  /**
   * The items of a thread in batches of about 256 KiB, never the whole thread in memory. The end is fixed when the first batch is
   * asked for: items appended later are not delivered. Reads ahead no more than the reader takes. Leaving the loop releases everything.
   * What a call returns can be walked once; a second loop over it finds nothing.
   *
   * Errors: as `loadHistory`, on the first `next()`; `not_found` when the thread is deleted meanwhile. To go on after
   * `unavailable`, call again with `fromOrdinal` set to the ordinal after the last one received.
   */
  streamHistory(params: StreamHistoryParams, options?: CallOptions): AsyncIterable<HistoryBatch>;

  /**
   * A thread's metadata, and its history when asked for.
   *
   * Errors: `not_found`; `invalid_request` when archived and not `includeArchived`. Retry: safe.
   */
  readThread(params: ReadThreadParams, options?: CallOptions): Promise<StoredThread>;

  /**
   * Reads a thread by the path of its file.
   *
   * @deprecated Read by id. Only stores that keep threads in local files have it; a remote store never does.
   */
  readThreadByRolloutPath(params: ReadThreadByRolloutPathParams, options?: CallOptions): Promise<StoredThread>;

  /**
   * A page of materialised threads, ordered by the sort key and then by thread id, both in the sort's direction.
   *
   * A walk along `nextCursor` shows no thread twice and, of the threads that match all the time, each one, also when many share a
   * time, as long as nobody changes the time they are sorted by. A thread that is touched, created or archived meanwhile may appear
   * or not, or move on to a later page, as the sort implies. Nothing is left out for want of a preview or of any other display field.
   *
   * Errors: `invalid_request` for a negative page size, an unknown sort key, too many or too long filter values, a cursor that
   * was not made by this store, or one made for other arguments. Retry: safe.
   */
  listThreads(params?: ListThreadsParams, options?: CallOptions): Promise<ThreadPage>;

  /**
   * A page of a thread's turns, at the same price anywhere in a thread of any length. Optional.
   *
   * Turns are in the order of `firstOrdinal`. A walk along `nextCursor`, in either direction, shows each turn that is there all the time
   * exactly once, whatever is appended meanwhile. A rollback marker hides the last turns and all items from the first of them up
   * to the marker, from this and from `listItems`; `loadHistory` has them still. A cursor whose turn was hidden meanwhile goes on from
   * its place.
   *
   * A page ends early, with a `nextCursor`, when the items of its view would be more than `pageBytesMax`. The items of one turn are
   * always whole.
   *
   * Errors: `not_found`; `invalid_request` when archived and not `includeArchived`, for a negative page size, an unknown view, a cursor
   * that was not made by this store or was made for another list, or a turn in full view over `turnBytesMax` (`listItems`
   * has no such bound). Retry: safe.
   */
  listTurns(params: ListTurnsParams, options?: CallOptions): Promise<TurnPage>;

  /**
   * A page of the items of a thread, or of one turn, without those that a rollback hides: see `listTurns`. Optional.
   *
   * The items of a turn are those from the one that opens it up to the one that closes it, or up to the next turn, and those that
   * come late and name its turn. A turn that does not exist, or is hidden, has none. A page ends early, with a `nextCursor`, when its
   * items would be more than `pageBytesMax`.
   *
   * Errors: as `listTurns`. Retry: safe.
   */
  listItems(params: ListItemsParams, options?: CallOptions): Promise<ItemPage>;

  /**
   * Threads in which somebody said something: a page of them as of `listThreads`, each with the latest message that matches. Optional.
   *
   * Searched are the messages of users and agents (`user_message`, `agent_message`, and `message` items of both roles), not reasoning, and
   * tool output if asked for; items hidden by a rollback are left out. A message matches if it holds the term, in upper or lower case,
   * with any white space for white space, from the start of a word on; the term may end inside a word. Words are runs of letters, digits
   * and underscores, or single characters of scripts that put no spaces. Of a very long message the first 8,192 different words are
   * found.
   *
   * A search looks at a bounded number of messages and may then end a page early. It first takes in what was appended before it, for a
   * bounded time: while a store is far behind with that, what was said last may not be found yet.
   *
   * Errors: as `listThreads`; `invalid_request` for a term that is empty or has neither a letter nor a digit. Retry: safe.
   */
  searchThreads(params: SearchThreadsParams, options?: CallOptions): Promise<ThreadSearchPage>;

  /**
   * Applies a literal patch and resolves to the thread as it now reads. An empty patch is a plain read. Needs no lease.
   *
   * Atomic: all fields or none; concurrent patches to different fields both win. Fields that the patch leaves out do not change,
   * `updatedAt` included. `recencyAt` never moves back.
   *
   * Errors: `not_found`; `invalid_request` when archived and not `includeArchived`, for a field that does not exist or can't be
   * cleared, or a limit; `unsupported` for `rolloutPath`.
   *
   * Retry: the same patch gives the same state, but after effect `unknown` it may undo another caller's patch to the same fields.
   */
  updateThreadMetadata(params: UpdateThreadMetadataParams, options?: CallOptions): Promise<StoredThread>;

  /**
   * Archives a thread: lists show it only with `archived`, reads and resumes need `includeArchived`. Ends the latest writer's right
   * to write, unless it is the caller's own (`epoch`). Idempotent: an archived thread keeps its `archivedAt`. Retry: safe.
   *
   * Errors: `not_found`; `conflict`: `WRITER_LIVE` when a lease runs and `epoch` is absent; `FENCED`, `EPOCH_NOT_GRANTED` or
   * `WRITER_RELEASED` when `epoch` is given and not the current one.
   */
  archiveThread(params: ArchiveThreadParams, options?: CallOptions): Promise<void>;

  /**
   * Takes a thread out of the archive, sets `updatedAt` to now and resolves to the thread. A thread that is not archived is
   * returned as it is. Retry: safe.
   *
   * Errors: as `archiveThread`.
   */
  unarchiveThread(params: ArchiveThreadParams, options?: CallOptions): Promise<StoredThread>;

  /**
   * Erases a thread: items, metadata, lease. What stays is a tombstone with the id, so that late writes are refused and the id is
   * never used again. Works on live and archived threads; their writers get `not_found` (`THREAD_DELETED`). Idempotent; retry: safe.
   *
   * Durable on return. Not promised: prompt erasure from backups and from the database's own log.
   *
   * Errors: `not_found` for an id that never had a materialised thread; `conflict` with `FENCED`, `EPOCH_NOT_GRANTED` or
   * `WRITER_RELEASED` when `epoch` is given and not the current one. Repeated with the epoch it resolves, too.
   */
  deleteThread(params: DeleteThreadParams, options?: CallOptions): Promise<void>;

  /**
   * Creates a thread with the items of another up to a point (`at`), or with all of them, and grants its write lease. Optional.
   *
   * The items are copied inside the store, byte for byte, with the ordinals they have, from one consistent snapshot of the source, in one
   * step: there is never a part of a fork. `nextOrdinal` of the grant tells how many they are. The source is not changed, needs no
   * lease, and its writer is not disturbed. From then on the two have nothing to do with each other. The fork is materialised, also
   * without an item, and durable on return.
   *
   * - Writer: none of the source's state. An epoch as of `createThread`, sequence 0, and neither batches nor operation ids: what was
   *   appended to the source is no duplicate here.
   * - Metadata: as the source has it, then `metadata` is applied. But `name` is null, the times are that of the call, and the thread is
   *   not archived; `parentThreadId`, `sessionId` and `originator` are those given here; `forkedFromId` is the source. A fork that
   *   leaves items out has no `tokenUsage`, and if it holds no message of the user, no `title`, `preview` and `firstUserMessage` either.
   * - Turns, items and search: what the copied items give as if they had been appended. Rollback markers among them hide what they hid.
   *
   * Errors: of the source `not_found`, and `invalid_request` when archived and not `includeArchived`; then `invalid_request` for a
   * turn that is not there, is hidden, or is in progress where it is to be the last; then `conflict` as of `createThread`;
   * `unsupported` for `metadata.rolloutPath`.
   *
   * Retry: as of `createThread`.
   */
  forkThread(params: ForkThreadParams, options?: CallOptions): Promise<WriterGrant>;

  /** The items that a model needs to go on. Optional. */
  loadModelContext(params: LoadHistoryParams, options?: CallOptions): Promise<ModelContext>;

  /** Follows the items of one thread. Optional. */
  tailThread(params: TailThreadParams, options?: CallOptions): AsyncIterable<TailEvent>;

  /** Follows the list of threads. Optional. */
  watchThreads(params?: WatchThreadsParams, options?: CallOptions): AsyncIterable<ThreadEvent>;

  /**
   * Ends the use of this store object: calls under way finish, later ones reject with `unavailable` (`STORE_CLOSED`), and all
   * connections are released. A resume that waits for a lease gives up, with `STORE_CLOSED`. Idempotent. Leases are left as they are, but for a client that was told to keep those it was
   * granted (`RemoteThreadStore`): it renews them while it is open and releases them here.
   */
  close(): Promise<void>;
}
