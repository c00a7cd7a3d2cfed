import { ThreadStoreService } from '@threadstore/protocol';
import type { Scope } from './principal.ts';

type OwnMethod = keyof typeof ThreadStoreService.method;

/** What each method asks of its caller. A new one does not compile until it is here. */
const scopes: Readonly<Record<OwnMethod, Scope>> = {
  createThread: 'write',
  forkThread: 'write',
  resumeThread: 'write',
  appendItems: 'write',
  appendStream: 'write',
  persistThread: 'write',
  flushThread: 'write',
  shutdownThread: 'write',
  discardThread: 'write',
  readHistory: 'read',
  readThread: 'read',
  listThreads: 'read',
  listTurns: 'read',
  listItems: 'read',
  searchThreads: 'read',
  updateThreadMetadata: 'write',
  archiveThread: 'write',
  unarchiveThread: 'write',
  deleteThread: 'write',
};

const byRpc = new Map<string, Scope>(
  ThreadStoreService.methods.map(({ name, localName }) => [name, scopes[localName as OwnMethod]]),
);

/** Orchestrators ask for health, and have no credentials. */
const health = /^grpc\.health\.v1\.Health\//;

/**
 * What a caller needs for a call; `null`: nothing, not even credentials. Whatever is neither a method of the service nor health,
 * reflection for one, tells what there is, so it needs what reading needs.
 */
export function scopeOfCall({ rpc, isOwn }: { readonly rpc: string; readonly isOwn: boolean }): Scope | null {
  if (isOwn) return byRpc.get(rpc) ?? 'admin';
  return health.test(rpc) ? null : 'read';
}
