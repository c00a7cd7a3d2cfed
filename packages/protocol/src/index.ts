export { createClient, type Caller, type CallerOptions, type ServiceClient } from './binding/client.ts';
export { isDeadlineOver } from './binding/deadline.ts';
export { fileDescriptors } from './binding/file-descriptors.ts';
export {
  addService,
  serviceDefinition,
  type CallContext,
  type Handler,
  type Implementation,
  type ServeOptions,
} from './binding/server.ts';
export type { ServerStream } from './binding/server-stream.ts';
export { fromStatus, type CallFacts, type FailedStatus } from './errors/from-status.ts';
export { errorDomain, reasonStatus } from './errors/reasons.ts';
export { toStatus, type WireStatus } from './errors/to-status.ts';
export { ThreadStoreService } from './gen/threadstore/v1/thread_store_service_pb.ts';
export { appendItemsFromWire, appendItemsToWire, appendResultFromWire, appendResultToWire } from './mapping/append.ts';
export {
  historyChunkFromWire,
  historyChunkToWire,
  readThreadFromWire,
  readThreadToWire,
  streamHistoryFromWire,
  streamHistoryToWire,
  type HistoryChunk,
} from './mapping/history.ts';
export { listThreadsFromWire, listThreadsToWire, threadPageFromWire, threadPageToWire } from './mapping/listing.ts';
export { threadFromWire, threadToWire } from './mapping/thread.ts';
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
  grantFromWire,
  grantToWire,
  resumeThreadFromWire,
  resumeThreadToWire,
  writerRefFromWire,
  writerRefToWire,
} from './mapping/writer.ts';
export type { ThreadStoreCallers, ThreadStoreHandlers } from './thread-store-service.ts';
