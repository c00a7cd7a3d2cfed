import type { CallRecord } from './call-record.ts';

export interface CallEnd {
  /** The name of the gRPC status: `OK`, `NOT_FOUND`. */
  readonly code: string;
  /** From the arrival of the headers, in milliseconds. */
  readonly ms: number;
}

/** Is told of every call that arrives, those to health and reflection included. Must not throw. */
export interface CallObserver {
  begun?(record: CallRecord): void;
  /** Once for each call that has begun. */
  ended(record: CallRecord, end: CallEnd): void;
}
