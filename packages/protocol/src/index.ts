export { createClient, type Caller, type CallerOptions, type ServiceClient } from './binding/client.ts';
export { requestBytes, type Encoded } from './binding/codec.ts';
export { isDeadlineOver } from './binding/deadline.ts';
export type { Duplex, DuplexHandlers } from './binding/duplex.ts';
export { fileDescriptors } from './binding/file-descriptors.ts';
export {
  addService,
  serviceDefinition,
  type CallContext,
  type Handler,
  type Implementation,
  type ServeOptions,
} from './binding/server.ts';
export type { Received, Sent } from './binding/method.ts';
export type { ServerStream } from './binding/server-stream.ts';
export { errorFromWire, type CallFacts } from './errors/error-from-wire.ts';
export { fromStatus, type FailedStatus } from './errors/from-status.ts';
export { errorDomain, reasonStatus } from './errors/reasons.ts';
export { statusToWire } from './errors/status-to-wire.ts';
export { toStatus, type WireStatus } from './errors/to-status.ts';
export { ThreadStoreService } from './gen/threadstore/v1/thread_store_service_pb.ts';
export { appendItemsFromWire, appendItemsToWire, appendResultFromWire, appendResultToWire } from './mapping/append.ts';
export {
  appendStreamAnswersFromWire,
  appendStreamAnswersToWire,
  appendStreamRequestToWire,
  type AppendAnswer,
  type AppendStreamAnswers,
} from './mapping/append-stream.ts';
export { encodeAppend } from './mapping/encode-append.ts';
export {
  historyChunkFromWire,
  historyChunkToWire,
  readThreadFromWire,
  readThreadToWire,
  streamHistoryFromWire,
  streamHistoryToWire,
  type EncodedChunk,
} from './mapping/history.ts';
export type { AllFields } from './mapping/fields.ts';
export { itemsFromRequest } from './mapping/items.ts';
export { known } from './mapping/known.ts';
export { listThreadsFromWire, listThreadsToWire, threadPageFromWire, threadPageToWire } from './mapping/listing.ts';
export { itemPageFromWire, itemPageToWire, listItemsFromWire, listItemsToWire } from './mapping/placed-items.ts';
export { renewLeasesFromWire, renewLeasesToWire, type RenewalAnswer } from './mapping/renewal.ts';
export { searchPageFromWire, searchPageToWire, searchThreadsFromWire, searchThreadsToWire } from './mapping/search.ts';
export { threadFromWire, threadToWire } from './mapping/thread.ts';
export { listTurnsFromWire, listTurnsToWire, turnPageFromWire, turnPageToWire } from './mapping/turns.ts';
export {
  archiveThreadFromWire,
  archiveThreadToWire,
  deleteThreadFromWire,
  deleteThreadToWire,
  updateThreadMetadataFromWire,
  updateThreadMetadataToWire,
} from './mapping/update.ts';
export {
  createThreadFromWire,
  createThreadToWire,
  forkThreadFromWire,
  forkThreadToWire,
  grantFromWire,
  grantToWire,
  resumeThreadFromWire,
  resumeThreadToWire,
  writerRefFromWire,
  writerRefToWire,
} from './mapping/writer.ts';
export type { ThreadStoreCallers, ThreadStoreHandlers } from './thread-store-service.ts';
