// For the sibling packages of this repository, in step with them; nobody else's door.
export { abortError, raceAbort, throwIfAborted } from './abort.ts';
export { appendBatches } from './append-batches.ts';
export { blankMetadata, type PlainMetadata } from './blank-metadata.ts';
export { noOptionalOperations } from './capabilities.ts';
export {
  checkAppendHead,
  checkAppendItems,
  type CheckedAppend,
  type CheckedExternalAppend,
  type CheckedWriterAppend,
} from './checks/append.ts';
export { checkForkThread, type CheckedFork } from './checks/fork.ts';
export { checkBigInteger } from './checks/integer.ts';
export { formOnly, resolveLeaseDuration, resolveLimits } from './checks/limits.ts';
export {
  checkListThreads,
  nextCursor,
  sortTime,
  type ListContext,
  type ThreadFilter,
  type ThreadQuery,
} from './checks/list.ts';
export {
  checkListItems,
  checkListTurns,
  checkSearchThreads,
  pageCursors,
  type ItemsQuery,
  type OrdinalPosition,
  type PageQuery,
  type SearchQuery,
  type TurnsQuery,
} from './checks/pages.ts';
export { checkPatch, type CheckedPatch } from './checks/patch.ts';
export {
  checkLoadHistory,
  checkReadThread,
  checkStreamHistory,
  type CheckedLoad,
  type CheckedRead,
  type CheckedStream,
} from './checks/read.ts';
export { checkTenant } from './checks/tenant.ts';
export { checkThreadId } from './checks/thread-id.ts';
export {
  checkArchiveThread,
  checkDeleteThread,
  checkUpdateThreadMetadata,
  type CheckedArchive,
  type CheckedDelete,
  type CheckedUpdate,
} from './checks/update.ts';
export {
  checkCreateThread,
  checkRenewLeases,
  checkResumeThread,
  checkWriterRef,
  type CheckedCreate,
  type CheckedResume,
} from './checks/writer.ts';
export type { ListPosition } from './cursor.ts';
export {
  cursorMismatch,
  epochNotGranted,
  fenced,
  invalidCursor,
  invalidField,
  itemNotJson,
  limitExceeded,
  notUnicode,
  operationLacking,
  operationReused,
  pathUnsupported,
  sequenceGap,
  sequenceReused,
  storeClosed,
  threadArchived,
  threadDeleted,
  threadExists,
  threadIdUsed,
  threadNotFound,
  turnInProgress,
  writerLive,
  writerReleased,
  type LimitExcess,
} from './error-factories.ts';
export { MessageCut } from './forking/message-cut.ts';
export { turnCut, turnIdOf, type TurnPoint } from './forking/turn-cut.ts';
export { isUserMessage } from './forking/user-message.ts';
export { historyBatchBytes } from './history-batch.ts';
export { defaultHolder } from './holder.ts';
export { inTurn } from './in-turn.ts';
export { KeyedOrder } from './keyed-order.ts';
export type { LineBatch } from './live/append-line.ts';
export { isRefusalOf } from './live/append-verdict.ts';
export { metadataOfItems, nothingSeen, seenIn, type SeenFacts } from './live/item-metadata.ts';
export { keptItems } from './live/live-item.ts';
export { mergePatch } from './merge-patch.ts';
export { fittedText, loggedTime } from './live/metadata-values.ts';
export { matchSnippet, type SearchTerm } from './message-search/term.ts';
export { searchWords } from './message-search/words.ts';
export { pulled } from './pulled.ts';
export { resumeWaiting } from './resume-waiting.ts';
export { parseSourceText, sourceText } from './source-text.ts';
export { StoreLifecycle } from './store-lifecycle.ts';
export { parseTimeCursor } from './time-cursor.ts';
export { judgeEpoch, judgeWriter, type WriterState } from './writer-judgement.ts';
export { factsOfText, type ItemFacts, type SaidText } from './turn-index/item-facts.ts';
export { projectTurns } from './turn-index/project-turns.ts';
export type { TurnEvent } from './turn-index/turn-event.ts';
export type { TurnRecord, TurnTable } from './turn-index/turn-record.ts';
export { summaryOrdinals, turnOf } from './turn-index/turn-view.ts';
