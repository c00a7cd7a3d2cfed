export type { RemoteThreadStoreOptions } from './options.ts';
export { RemoteThreadStore } from './remote-thread-store.ts';
