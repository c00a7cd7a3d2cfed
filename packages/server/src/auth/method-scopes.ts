import { ThreadStoreService } from '@threadstore/protocol';
import type { CallRecord } from '../rpc/call-record.ts';
import { unknownMethod } from '../rpc/unknown-method.ts';
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
 * What a caller needs for a call; `any`: credentials of whatever scope; `null`: nothing, not even credentials. Who asks for a method that
 * there is not has to say who they are, and learns then that there is none. Whatever else is neither a method of the service nor health,
 * reflection for one, tells what there is, so it needs what reading needs.
 */
export function scopeOfCall({ rpc, isOwn }: Pick<CallRecord, 'rpc' | 'isOwn'>): Scope | 'any' | null {
  if (isOwn) return byRpc.get(rpc) ?? 'admin';
  if (rpc === unknownMethod) return 'any';
  return health.test(rpc) ? null : 'read';
}
