import type { ThreadStore } from '@threadstore/core';
import type { CallContext } from '@threadstore/protocol';
import { nobody, type Principal } from '../auth/principal.ts';
import type { CallRecord, CallRecords } from './call-record.ts';

/** What calls are served from. */
export interface CallSource {
  readonly records: CallRecords;
  readonly storeOf: (principal: Principal) => ThreadStore;
}

/** What a handler is given beside its request. */
export interface Call {
  readonly signal: AbortSignal;
  /** The store of the caller's tenant. */
  readonly store: ThreadStore;
  /** A label for callers that give none. */
  readonly holder: string;
  readonly record: CallRecord;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `request` is null for a call that is not about one thread. */
export function beginCall(request: object | null, context: CallContext, source: CallSource): Call {
  const record = source.records.of(context.metadata);
  if (record.principal === nobody) throw new TypeError('no gate has found out who calls');
  const threadId = request !== null && 'threadId' in request ? loggedId(request.threadId) : undefined;
  if (threadId !== undefined) record.threadId = threadId;
  const store = source.storeOf(record.principal);
  return { signal: context.signal, store, holder: `client at ${context.peer}`, record };
}

/** Only what is certainly an id is fit for a log. */
export function loggedId(value: unknown): string | undefined {
  return typeof value === 'string' && uuid.test(value) ? value.toLowerCase() : undefined;
}
