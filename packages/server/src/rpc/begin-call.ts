import type { CallContext } from '@threadstore/protocol';
import type { CallRecord, CallRecords } from './call-record.ts';

/** What a handler is given beside its request. */
export interface Call {
  readonly signal: AbortSignal;
  /** A label for callers that give none. */
  readonly holder: string;
  readonly record: CallRecord;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `request` is null for a call that is not about one thread. */
export function beginCall(request: object | null, context: CallContext, records: CallRecords): Call {
  const record = records.of(context.metadata);
  const threadId = request !== null && 'threadId' in request ? loggedThreadId(request.threadId) : undefined;
  if (threadId !== undefined) record.threadId = threadId;
  return { signal: context.signal, holder: `client at ${context.peer}`, record };
}

/** Only what is certainly an id is fit for a log. */
export function loggedThreadId(value: unknown): string | undefined {
  return typeof value === 'string' && uuid.test(value) ? value.toLowerCase() : undefined;
}
