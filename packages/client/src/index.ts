export type { RemoteCredentials } from './credentials.ts';
export type { RemoteThreadStoreOptions } from './options.ts';
export { RemoteThreadStore } from './remote-thread-store.ts';
export type { TlsOptions } from './transport.ts';
