import type { SortDirection } from '@threadstore/core';
import { parseTimeCursor } from '@threadstore/core/internal';

const secondMs = 1_000;

/**
 * The store's cursor for one that a client made up. Clients see times in whole seconds, and make cursors of them: the time of a
 * thread, less or more a millisecond. Such a cursor is meant for what the client sees, so it is rounded to where all threads of
 * a second lie on the same side of it. A cursor of the store's own is returned as it is.
 */
export function storeCursor(cursor: string, direction: SortDirection): string {
  const time = parseTimeCursor(cursor, direction);
  if (time === null) return cursor;
  const ms = time.getTime();
  // A page begins strictly after its cursor: before the second that begins then, or behind the whole of the one that has begun.
  const rounded =
    direction === 'desc' ? Math.ceil(ms / secondMs) * secondMs : (Math.floor(ms / secondMs) + 1) * secondMs - 1;
  return new Date(rounded).toISOString();
}
