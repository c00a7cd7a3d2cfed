import type { ThreadId } from '@threadstore/core';
import { checkThreadId } from '@threadstore/core/internal';

/** The text as a thread id, or null when it is none. */
export function threadIdOf(text: string | undefined): ThreadId | null {
  try {
    return checkThreadId(text);
  } catch {
    return null;
  }
}

/** The id in the name of a rollout file, `rollout-2026-01-31T23-59-59-<uuid>.jsonl`. */
export function threadIdOfFileName(path: string): ThreadId | null {
  return threadIdOf(/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl$/i.exec(path)?.[1]);
}
