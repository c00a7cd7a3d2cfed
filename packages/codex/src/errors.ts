import { ThreadStoreError, type ThreadId } from '@threadstore/core';
import { threadNotFound } from '@threadstore/core/internal';

/**
 * The error in the words that Codex looks for. Its layers above the store tell some failures by their text alone; everything else
 * of an error, the status included, is as it was.
 */
export function inCodexWords(error: unknown, threadId: ThreadId): unknown {
  if (!(error instanceof ThreadStoreError)) return error;
  switch (error.reason) {
    case 'THREAD_ARCHIVED':
      return reworded(error, `thread ${threadId} is archived`);
    case 'THREAD_NOT_FOUND':
    case 'THREAD_DELETED':
      return reworded(error, `thread ${threadId} not found`);
    default:
      return error;
  }
}

/** A cursor of no list, or of another one. */
export function isAboutCursor(error: unknown): boolean {
  if (!(error instanceof ThreadStoreError)) return false;
  return error.reason === 'INVALID_CURSOR' || error.reason === 'CURSOR_MISMATCH' || error.details['field'] === 'cursor';
}

/** What a cursor looks like that a Codex may have had from somebody: a time, an id, a few words. */
const shown = /^[\w:.+/=| -]{1,100}$/;

/** Shown as Codex shows it, where it's no text of somebody's. */
export function invalidCursorText(cursor: string): ThreadStoreError {
  return refused('cursor', shown.test(cursor) ? `invalid cursor: ${cursor}` : 'invalid cursor');
}

/** What readers and the archive say of a thread that is not where they look. */
export function noRollout(threadId: ThreadId, where: 'active' | 'archived'): ThreadStoreError {
  return refused('thread_id', `no ${where === 'archived' ? 'archived ' : ''}rollout found for thread id ${threadId}`);
}

/** What makes Codex say that a thread which it has just made has no history yet. */
export function notBegun(threadId: ThreadId): ThreadStoreError {
  return refused('thread_id', `failed to resolve rollout path \`${threadId}\`: nothing has been said in the thread`);
}

/** For every call that needs a live writer, when the thread has none that is a Codex. */
export function noWriter(threadId: ThreadId): ThreadStoreError {
  return threadNotFound(threadId);
}

export function refused(field: string, message: string): ThreadStoreError {
  return new ThreadStoreError({ reason: 'INVALID_FIELD', message, details: { field } });
}

export function isMissing(error: unknown): boolean {
  return error instanceof ThreadStoreError && error.code === 'not_found';
}

export function isArchived(error: unknown): boolean {
  return error instanceof ThreadStoreError && error.reason === 'THREAD_ARCHIVED';
}

function reworded({ reason, details, effect, cause }: ThreadStoreError, message: string): ThreadStoreError {
  return new ThreadStoreError({ reason, message, details, effect, cause });
}
