import type { Metadata } from '@grpc/grpc-js';
import { nobody, type Principal } from '../auth/principal.ts';

/** What is logged of a call: nothing else of it is. */
export interface CallRecord {
  /** Of our own, or the caller's. */
  requestId: string;
  /** Address of the other side. */
  readonly peer: string;
  /** The service's own methods by their name, others by their path, those that there are not by one name for all. */
  readonly rpc: string;
  /** Whether it is a method of the service itself: health and reflection are not. */
  readonly isOwn: boolean;
  /** Who calls, as far as that is known yet. */
  principal: Principal;
  threadId?: string;
  /** It asks to take a thread from whoever holds it. */
  takeover?: true;
  /** Why the call failed. */
  reason?: string;
  /** Items received or sent, and the bytes of their texts. */
  items?: number;
  bytes?: number;
  /** Appends of a stream, and how many of them and its renewals were refused. */
  appends?: number;
  refused?: number;
  /** Threads sent, and turns. */
  threads?: number;
  turns?: number;
  /** Items that were not sent, because the client may not be able to read them. */
  withheld?: number;
  /** What was thrown, when nobody expected it. */
  failure?: unknown;
}

/** The records of the calls under way, by the metadata that each arrived with: what interceptor and handler both see. */
export class CallRecords {
  readonly #byMetadata = new WeakMap<Metadata, CallRecord>();

  add(metadata: Metadata, record: CallRecord): void {
    this.#byMetadata.set(metadata, record);
  }

  /** Of a call that has passed no gates: that of nobody. */
  of(metadata: Metadata): CallRecord {
    return this.#byMetadata.get(metadata) ?? { requestId: '', peer: '', rpc: '', isOwn: true, principal: nobody };
  }
}
