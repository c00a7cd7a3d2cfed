export { codexMethods } from './codex-methods.ts';
export { ThreadStore as CodexThreadStore } from './gen/codex/thread_store/v1/thread_store_pb.ts';
export type { CodexCall, CodexCallRecord, CodexMethods, CodexOptions } from './methods.ts';
