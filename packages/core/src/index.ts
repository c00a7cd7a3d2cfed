export { optionalOperations, type OptionalOperation, type StoreCapabilities } from './capabilities.ts';
export {
  errorOutcomes,
  mayHaveEffect,
  type ErrorOutcome,
  type ErrorRepeat,
  type ReasonOfEffect,
} from './error-outcomes.ts';
export {
  errorReasonCodes,
  ThreadStoreError,
  type ErrorEffect,
  type ThreadStoreErrorCode,
  type ThreadStoreErrorInit,
  type ThreadStoreErrorReason,
} from './errors.ts';
export type { TailEvent, TailThreadParams, ThreadEvent, WatchThreadsParams } from './follow.ts';
export type { ForkPoint, ForkThreadParams, ModelContext } from './fork.ts';
export type {
  HistoryBatch,
  ItemBatch,
  LoadHistoryParams,
  ReadThreadByRolloutPathParams,
  ReadThreadParams,
  StreamHistoryParams,
  ThreadHistory,
} from './history.ts';
export { forkThread, type ForkGrant } from './live/fork-thread.ts';
export { defaultLimits, type Limits } from './limits.ts';
export type { ListThreadsParams, SortDirection, ThreadPage, ThreadRelation, ThreadSortKey } from './listing.ts';
export { checkUpThread, type ThreadCheckUp } from './live/check-up-thread.ts';
export { systemClock, type LiveClock } from './live/clock.ts';
export type { CollectGitInfo } from './live/git-facts.ts';
export { collectGitInfo, type GitInfoOptions } from './live/git-info.ts';
export { nothingSeen, seenIn, type SeenFacts } from './live/item-metadata.ts';
export type { LiveItem } from './live/live-item.ts';
export type { LiveThreadSettings } from './live/live-settings.ts';
export type { LiveState } from './live/live-state.ts';
export { LiveThreadInitGuard } from './live/live-thread-init-guard.ts';
export {
  LiveThread,
  type AdoptedGrant,
  type CreateLiveThreadParams,
  type LiveAppendOptions,
  type ResumeLiveThreadParams,
} from './live/live-thread.ts';
export { LoadedThread, type LeaseTakeover, type LoadedThreadInit } from './live/manager/loaded-thread.ts';
export type {
  ForkManagedParams,
  ResumeManagedParams,
  ReviewParams,
  ShutdownReport,
  StartManagedParams,
  ThreadManagerOptions,
} from './live/manager/manager-params.ts';
export {
  controlOperation,
  turnOperation,
  type InputOf,
  type Operation,
  type OperationContext,
  type Operations,
  type OutputOf,
} from './live/manager/operation.ts';
export { ThreadManager } from './live/manager/thread-manager.ts';
export {
  ThreadMetadataSync,
  type PendingPatch,
  type SyncOptions,
  type SyncState,
} from './live/thread-metadata-sync.ts';
export type { WarningListener } from './live/warning.ts';
export { MemoryStorage } from './memory/memory-storage.ts';
export { MemoryThreadStore, type MemoryThreadStoreOptions } from './memory/memory-thread-store.ts';
export type { GitInfoPatch, ThreadMetadataPatch } from './metadata-patch.ts';
export type { PersistenceMode } from './policy/event-kinds.ts';
export {
  keepEverything,
  persistencePolicy,
  type PersistencePolicy,
  type SessionItem,
} from './policy/persistence-policy.ts';
export { newThreadId } from './new-thread-id.ts';
export type { SearchThreadsParams, ThreadSearchHit, ThreadSearchPage } from './search.ts';
export { SessionReading, type InterruptedTurn, type SessionState, type TurnRef } from './session-log/check-up.ts';
export { closingItems, type ClosingOptions } from './session-log/closing-items.ts';
export { rollbackMarker } from './session-log/rollback-marker.ts';
export type { SessionTokenUsage } from './session-log/token-usage.ts';
export type { OpenToolCall, ToolCallKind } from './session-log/tool-calls.ts';
export type {
  GitInfo,
  JsonValue,
  Lease,
  MemoryMode,
  SessionSource,
  StoredThread,
  ThreadId,
  TokenUsage,
} from './thread.ts';
export type { CallOptions, ThreadStore } from './thread-store.ts';
export type {
  ItemPage,
  ListItemsParams,
  ListTurnsParams,
  PlacedItem,
  Turn,
  TurnError,
  TurnItemsView,
  TurnPage,
  TurnStatus,
} from './turns.ts';
export type { ArchiveThreadParams, DeleteThreadParams, UpdateThreadMetadataParams } from './update.ts';
export type {
  AppendItemsParams,
  AppendResult,
  CreateThreadParams,
  ExternalAppendParams,
  LostLease,
  RenewLeasesParams,
  RenewLeasesResult,
  ResumeThreadParams,
  Takeover,
  WriterAppendParams,
  WriterGrant,
  WriterRef,
} from './writer.ts';
