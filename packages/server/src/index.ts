export type { Principal, Scope } from './auth/principal.ts';
export type { Logger } from './log.ts';
export type { AppendStreamLimits } from './rpc/append-flow.ts';
export { createCodexServer, type CodexServerOptions } from './codex-server.ts';
export { createThreadStoreServer, type ThreadStoreServerOptions } from './server.ts';
export { ListenError, type ThreadStoreServer } from './service-host.ts';
export type { CallEnd, CallObserver } from './rpc/call-observer.ts';
export type { Arrival, Gate } from './rpc/gate.ts';
