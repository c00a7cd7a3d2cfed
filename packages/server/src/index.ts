export type { Logger } from './log.ts';
export {
  createThreadStoreServer,
  ListenError,
  type ThreadStoreServer,
  type ThreadStoreServerOptions,
} from './server.ts';
