import { randomUUID } from 'node:crypto';
import * as grpc from '@grpc/grpc-js';
import { MemoryThreadStore } from '@threadstore/core';
import { AuthenticationGate, type AuthenticationOptions } from '../../src/auth/authentication-gate.ts';
import { bearerTokenText, newBearerToken, secretHash } from '../../src/auth/bearer-token.ts';
import { ListedTokens } from '../../src/auth/listed-tokens.ts';
import type { ListedToken } from '../../src/auth/token-list.ts';
import { createThreadStoreServer, type ThreadStoreServerOptions } from '../../src/server.ts';

export interface MadeToken {
  readonly text: string;
  readonly listed: ListedToken;
}

export function makeToken(init: Partial<ListedToken> = {}): MadeToken {
  const token = newBearerToken();
  const sha256 = secretHash(token.secret).toString('hex');
  const listed = { id: token.id, sha256, tenant: 'acme', scopes: ['read', 'write'] as const, ...init };
  return { text: bearerTokenText(token), listed };
}

export interface Guarded extends AsyncDisposable {
  readonly endpoint: string;
  readonly gate: AuthenticationGate;
  readonly tokens: ListedTokens;
  /** Everything that was logged, as text. */
  readonly log: () => string;
}

/** A service in this process that asks for credentials, with a store in memory for each tenant. */
export async function guarded(
  tokens: readonly MadeToken[],
  authentication: Partial<AuthenticationOptions> = {},
  options: Partial<ThreadStoreServerOptions> = {},
): Promise<Guarded> {
  const listed = new ListedTokens(tokens.map((token) => token.listed));
  const gate = new AuthenticationGate({ tokens: [listed], ...authentication });
  const stores = new Map<string, MemoryThreadStore>();
  let log = '';
  const note = (fields: object, message: string): void => {
    log += `${JSON.stringify({ ...fields, message })}\n`;
  };
  const server = createThreadStoreServer({
    drainTimeoutMs: 2_000,
    logger: { debug: note, info: note, warn: note, error: note },
    gates: [gate],
    store: ({ tenant }) => {
      const store = stores.get(tenant) ?? new MemoryThreadStore();
      stores.set(tenant, store);
      return store;
    },
    ...options,
  });
  const { host, port } = await server.listen('127.0.0.1:0');
  return {
    endpoint: `${host}:${port}`,
    gate,
    tokens: listed,
    log: () => log,
    [Symbol.asyncDispose]: async () => {
      await server.drain();
      for (const store of stores.values()) await store.close();
    },
  };
}

/** How a call ends: its status, and what stands in its trailers. */
export interface Ending {
  readonly code: grpc.status;
  readonly details: string;
  readonly trailers: string;
}

/** Of every call, so that no answer differs by it. */
const requestId = randomUUID();

/** Makes a unary call of bytes, with these headers. */
export async function rawUnary(
  endpoint: string,
  path: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
  body: Buffer = Buffer.alloc(0),
): Promise<Ending> {
  const client = new grpc.Client(endpoint, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set('threadstore-request-id', requestId);
  for (const [key, value] of Object.entries(headers)) for (const one of [value].flat()) metadata.add(key, one);
  try {
    return await new Promise((resolve) => {
      const same = (bytes: Buffer): Buffer => bytes;
      client.makeUnaryRequest(path, same, same, body, metadata, { deadline: Date.now() + 20_000 }, (error) => {
        if (error === null) return resolve({ code: grpc.status.OK, details: '', trailers: '' });
        const trailers = error.metadata.getMap();
        delete trailers['date'];
        resolve({ code: error.code, details: error.details, trailers: JSON.stringify(trailers) });
      });
    });
  } finally {
    client.close();
  }
}
