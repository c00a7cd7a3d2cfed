import { MemoryThreadStore, type ThreadStore } from '@threadstore/core';
import type { CodexServerOptions } from '../../src/codex-server.ts';
import { createThreadStoreServer, type ThreadStoreServerOptions } from '../../src/server.ts';
import type { ThreadStoreServer } from '../../src/service-host.ts';
import { healthOf } from './health.ts';

export interface Served extends AsyncDisposable {
  readonly endpoint: string;
  readonly store: ThreadStore;
  /** Each line that was logged, as JSON. */
  readonly logged: readonly LogLine[];
  readonly drain: () => Promise<void>;
  /** What the health service says of a service's name. */
  readonly health: (service: string) => Promise<string>;
}

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface ServeOptions extends Partial<Omit<ThreadStoreServerOptions, 'logger' | 'store'>> {
  readonly store?: ThreadStore;
  /** The service for Codex in place of the native one. */
  readonly create?: (options: CodexServerOptions) => ThreadStoreServer;
}

/** Serves a store, an empty one in memory unless told otherwise, in this process. */
export async function served({ create = createThreadStoreServer, ...options }: ServeOptions = {}): Promise<Served> {
  const store = options.store ?? new MemoryThreadStore(options.limits === undefined ? {} : { limits: options.limits });
  const logged: LogLine[] = [];
  const log =
    (level: string) =>
    (fields: object, message: string): void => {
      logged.push({ level, message, fields: { ...fields } });
    };
  const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const server = create({ drainTimeoutMs: 2_000, ...options, store, logger });
  const { host, port } = await server.listen('127.0.0.1:0');
  return {
    endpoint: `${host}:${port}`,
    store,
    logged,
    drain: () => server.drain(),
    health: (service) => healthOf(`${host}:${port}`, service),
    [Symbol.asyncDispose]: async () => {
      await server.drain();
      await store.close();
    },
  };
}
