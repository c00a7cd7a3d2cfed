export type { Logger } from './log.ts';
export type { AppendStreamLimits } from './rpc/append-flow.ts';
export { createCodexServer, type CodexServerOptions } from './codex-server.ts';
export { createThreadStoreServer, type ThreadStoreServerOptions } from './server.ts';
export { ListenError, type ThreadStoreServer } from './service-host.ts';
