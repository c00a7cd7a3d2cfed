import type { ThreadStoreErrorReason } from '@threadstore/core';
import type { CallRecord } from './call-record.ts';

export interface CallEnd {
  /** The name of the gRPC status: `OK`, `NOT_FOUND`. */
  readonly code: string;
  /** From the arrival of the headers, in milliseconds. */
  readonly ms: number;
}

/** What became of an append: it was stored, had been stored before, or was refused. */
export type AppendOutcome = 'stored' | 'duplicate' | ThreadStoreErrorReason;

export interface AppendEnd {
  readonly outcome: AppendOutcome;
  readonly items: number;
  /** Of the items' texts. */
  readonly bytes: number;
}

/** Is told of every call that arrives, those to health and reflection included. Must not throw. */
export interface CallObserver {
  begun?(record: CallRecord): void;
  /** Once for each call that has begun. */
  ended(record: CallRecord, end: CallEnd): void;
  /** Once for each append, of a stream or a call of its own. There are many: it should cost next to nothing. */
  appended?(append: AppendEnd): void;
}

/** Tells of appends to those who observe them. */
export function appendObserver(observers: readonly CallObserver[]): (append: AppendEnd) => void {
  const interested = observers.filter((observer) => 'appended' in observer);
  return (append) => {
    for (const observer of interested) observer.appended?.(append);
  };
}
