import type { PersistenceMode, StoredThread } from '@threadstore/core';

/** What these clients choose at the start of a session. */
export type CodexMode = Extract<PersistenceMode, 'limited' | 'extended'>;

/**
 * What is known of a Codex that writes to a thread. Its calls bring no more than the thread's id, each may reach another replica, and
 * whatever was said at the start of the session must be found again: it is in the label of the lease, which stands or falls with
 * the right to write.
 */
export interface CodexWriter {
  readonly mode: CodexMode;
  /** The session has said nothing yet that is to be kept. */
  readonly isNew: boolean;
}

const label = /^codex \((limited|extended)(, new)?\)$/;

export function writerLabel({ mode, isNew }: CodexWriter): string {
  return `codex (${mode}${isNew ? ', new' : ''})`;
}

/** The Codex that holds the thread, if one does; also when its lease has lapsed and nobody has taken over. */
export function codexWriterOf({ lease }: Pick<StoredThread, 'lease'>): CodexWriter | null {
  const match = lease === null ? null : label.exec(lease.holder);
  return match === null ? null : { mode: match[1] as CodexMode, isNew: match[2] !== undefined };
}

/**
 * Whether a Codex has created the thread and then neither appended nor persisted anything. For Codex such a thread is not there: one that
 * was opened and closed leaves no trace. It holds its `session_meta` alone.
 */
export function isUnbegun(thread: Pick<StoredThread, 'lease' | 'nextOrdinal'>): boolean {
  return codexWriterOf(thread)?.isNew === true && thread.nextOrdinal <= 1n;
}
