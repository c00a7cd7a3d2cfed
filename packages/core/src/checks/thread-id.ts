import { invalidField } from '../error-factories.ts';
import type { ThreadId } from '../thread.ts';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const uuidLength = 36;
const nilUuid = '00000000-0000-0000-0000-000000000000';

/** The id in lower case. */
export function checkThreadId(value: unknown, field = 'threadId'): ThreadId {
  if (typeof value !== 'string') throw invalidField(field, 'must be a UUID, a string');
  // The length goes first: an argument of megabytes is neither copied nor shown.
  const id = value.length === uuidLength ? value.toLowerCase() : '';
  if (!uuid.test(id)) {
    throw invalidField(field, `must be a UUID, 36 characters with hyphens (got ${value.length} characters)`);
  }
  if (id === nilUuid) throw invalidField(field, 'must not be the nil UUID');
  return id;
}

/** Absent and `null` are the same: no thread. */
export function checkThreadIdOrNull(value: unknown, field: string): ThreadId | null {
  return value === undefined || value === null ? null : checkThreadId(value, field);
}
