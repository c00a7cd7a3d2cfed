import type { PeerCertificate } from 'node:tls';
import type { Metadata } from '@grpc/grpc-js';
import type { CallRecord } from './call-record.ts';

/** What bounds of their own are for: calls of one request and one answer, streams of answers, streams of requests. */
export type CallKind = 'unary' | 'read' | 'append';

/** A call of which the headers have come: nothing of its request is read yet. */
export interface Arrival {
  readonly record: CallRecord;
  readonly kind: CallKind;
  readonly metadata: Metadata;
  /** When the caller gives up, in milliseconds of `Date.now()`; `Infinity` for never. */
  readonly deadline: number;
  /** Address of the other side. */
  readonly peer: string;
  /** What the other side showed, on an encrypted connection that asks for it. */
  readonly certificate: PeerCertificate | undefined;
  /**
   * Has this called once, when the call has ended, whoever ended it and however. What is returned has it forgotten, for what a long
   * stream needs for a while.
   */
  readonly onEnd: (callback: () => void) => () => void;
  /** Ends the call from this side, at any time. */
  readonly refuse: (error: unknown) => void;
}

/**
 * Stands between the arrival of a call and the reading of its request. A call passes all gates of its listener in turn. One that
 * has ended while a gate kept it waiting passes no further.
 */
export interface Gate {
  /** It finds out who calls. Behind a listener without such a gate everybody is `anyone`. */
  readonly authenticates?: true;
  /** Lets the call pass, at once or when it resolves. What it throws, or rejects with, is what the caller gets. */
  enter(arrival: Arrival): Promise<void> | void;
}
