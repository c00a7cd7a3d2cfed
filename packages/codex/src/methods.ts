import type { Limits, ThreadStore } from '@threadstore/core';
import type { Received, Sent } from '@threadstore/protocol';
import type { ThreadStore as CodexService } from './gen/codex/thread_store/v1/thread_store_pb.ts';

type Methods = (typeof CodexService)['method'];

/** What may be logged of a call: counts, and nothing of what was said. */
export interface CodexCallRecord {
  items?: number;
  bytes?: number;
  threads?: number;
  /** Items that were kept from the client because not every release can parse them. */
  withheld?: number;
}

export interface CodexCall {
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
  readonly record: CodexCallRecord;
}

/** A method of the service for every one that the contract has: one that is missing does not compile. */
export type CodexMethods = {
  readonly [K in keyof Methods]: (
    request: Received<Methods[K]['input']>,
    call: CodexCall,
  ) => Promise<Sent<Methods[K]['output']>>;
};

export interface CodexOptions {
  readonly store: ThreadStore;
  /** Those of the store: appends are cut to them, and derived texts. */
  readonly limits: Limits;
}
