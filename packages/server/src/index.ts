export type { Logger } from './log.ts';
export type { AppendStreamLimits } from './rpc/append-flow.ts';
export {
  createThreadStoreServer,
  ListenError,
  type ThreadStoreServer,
  type ThreadStoreServerOptions,
} from './server.ts';
