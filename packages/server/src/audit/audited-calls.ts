import type { CodexMethods } from '@threadstore/codex';
import type { ThreadStoreHandlers } from '@threadstore/protocol';

/**
 * - `always`: it changes or takes away what others have.
 * - `takeovers`: when it asks to take a thread from whoever holds it.
 * - `never`: it reads, or is part of a writer's own work.
 */
export type AuditRule = 'always' | 'takeovers' | 'never';

/** Which calls are audited. A refusal for want of credentials or of a scope always is. A new method does not compile until it is here. */
export const auditedCalls: Readonly<Record<keyof ThreadStoreHandlers, AuditRule>> = {
  createThread: 'never',
  forkThread: 'never',
  resumeThread: 'takeovers',
  appendItems: 'never',
  appendStream: 'never',
  persistThread: 'never',
  flushThread: 'never',
  shutdownThread: 'never',
  // It may take a thread away, though only one that nobody but its creator knows.
  discardThread: 'always',
  readHistory: 'never',
  readThread: 'never',
  listThreads: 'never',
  listTurns: 'never',
  listItems: 'never',
  searchThreads: 'never',
  // Of a thread that nobody needs to hold. What a writer patches goes with its appends.
  updateThreadMetadata: 'always',
  archiveThread: 'always',
  unarchiveThread: 'always',
  deleteThread: 'always',
};

/** The same of released Codex CLIs. */
export const auditedCodexCalls: Readonly<Record<keyof CodexMethods, AuditRule>> = {
  createThread: 'never',
  // It takes the thread from whoever holds it: these clients can't ask.
  resumeThread: 'always',
  appendItems: 'never',
  persistThread: 'never',
  flushThread: 'never',
  shutdownThread: 'never',
  discardThread: 'always',
  loadHistory: 'never',
  readThread: 'never',
  listThreads: 'never',
  // Part of its own writing: they patch after each append.
  updateThreadMetadata: 'never',
  archiveThread: 'always',
  unarchiveThread: 'always',
};
