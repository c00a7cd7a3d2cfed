import type { ThreadStore } from '@threadstore/core';
import { createCodexServer, type CodexServerOptions } from '../../src/codex-server.ts';
import { CodexClient } from './codex-client.ts';

export interface Replicas extends AsyncDisposable {
  /** Goes to the next replica with every call. */
  readonly client: CodexClient;
  readonly endpoints: readonly string[];
  /** What the native clients see. */
  readonly store: ThreadStore;
  readonly logged: readonly Readonly<Record<string, unknown>>[];
}

type Options = Omit<CodexServerOptions, 'store' | 'logger'>;

/** A server for each of the stores, which share their storage. */
export async function replicas(
  stores: readonly [ThreadStore, ...ThreadStore[]],
  options: Options = {},
): Promise<Replicas> {
  const logged: Readonly<Record<string, unknown>>[] = [];
  const log = (fields: object): void => void logged.push({ ...fields });
  const logger = { debug: log, info: log, warn: log, error: log };
  const servers = stores.map((store) => createCodexServer({ drainTimeoutMs: 2_000, ...options, store, logger }));
  const addresses = await Promise.all(servers.map((server) => server.listen('127.0.0.1:0')));
  const endpoints = addresses.map(({ host, port }) => `${host}:${port}`);
  return {
    client: new CodexClient(...endpoints),
    endpoints,
    store: stores[0],
    logged,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => server.drain()));
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}
