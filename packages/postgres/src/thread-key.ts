import type { ThreadId } from '@threadstore/core';

/** What every statement about a thread names first. */
export interface ThreadKey {
  readonly tenant: string;
  readonly threadId: ThreadId;
}
