import { ThreadStoreError, type AppendResult, type WriterRef } from '@threadstore/core';
import type { AppendCall } from './stream-call.ts';

/** Told what the answers say about leases. */
export interface LeaseListener {
  /** An append of the writer, sent at that time, was accepted. */
  onAccepted(writer: WriterRef, sentAt: number): void;
  onRefused(writer: WriterRef, error: ThreadStoreError): void;
}

export function tellLeases(
  leases: LeaseListener | undefined,
  { writer, sentAt }: AppendCall,
  outcome: AppendResult | ThreadStoreError,
): void {
  if (writer === undefined) return;
  if (outcome instanceof ThreadStoreError) {
    leases?.onRefused(writer, outcome);
  } else if (!outcome.duplicate) {
    // A duplicate may be of a writer that was fenced since.
    leases?.onAccepted(writer, sentAt);
  }
}
