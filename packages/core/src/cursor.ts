import { createHash } from 'node:crypto';
import { cursorMismatch, invalidCursor } from './error-factories.ts';
import type { SortDirection } from './listing.ts';
import type { ThreadId } from './thread.ts';

/** Where a page begins: after this thread, or, without an id, after all threads of that time. */
export interface ListPosition {
  readonly time: Date;
  readonly threadId: ThreadId | null;
}

/** Whose cursor it is and for which query; a cursor of anything else is refused. */
export interface CursorScope {
  readonly tenant: string;
  /** Equal for equal queries, whatever their page sizes and cursors: see `queryFingerprint`. */
  readonly fingerprint: string;
}

// base64url( version, 1 byte | checksum, 16 | fingerprint, 8 | milliseconds, 8 | thread id, 16 ): 49 bytes, 66 characters.
// The checksum is no signature: a cursor grants nothing, it names a place in the caller's own list. It keeps garbage,
// cut copies and other tenants' cursors from being taken for a place.
const version = 1;
const checksumEnd = 17;
const timeStart = 25;
const idStart = 33;
const length = 49;
const fingerprintBytes = 8;
const timeMax = 8_640_000_000_000_000n;

export function queryFingerprint(query: string): string {
  return createHash('sha256')
    .update(query)
    .digest('hex')
    .slice(0, 2 * fingerprintBytes);
}

export function encodeCursor(
  position: { readonly time: Date; readonly threadId: ThreadId },
  scope: CursorScope,
): string {
  const bytes = Buffer.alloc(length);
  bytes[0] = version;
  bytes.write(scope.fingerprint, checksumEnd, 'hex');
  bytes.writeBigInt64BE(BigInt(position.time.getTime()), timeStart);
  bytes.write(position.threadId.replaceAll('-', ''), idStart, 'hex');
  checksum(bytes, scope.tenant).copy(bytes, 1);
  return bytes.toString('base64url');
}

/** The position of a cursor that `encodeCursor` made for the same scope, or of a plain time. */
export function decodeCursor(cursor: string, scope: CursorScope, direction: SortDirection): ListPosition {
  const time = parseTimeCursor(cursor, direction);
  if (time !== null) return { time, threadId: null };
  const bytes = Buffer.from(cursor, 'base64url');
  // Printing it again: base64 has several spellings of the same bytes, and skips what is none of its characters.
  if (bytes.length !== length || bytes[0] !== version || bytes.toString('base64url') !== cursor) throw invalidCursor();
  if (!checksum(bytes, scope.tenant).equals(bytes.subarray(1, checksumEnd))) throw invalidCursor();
  const at = bytes.readBigInt64BE(timeStart);
  if (at > timeMax || at < -timeMax) throw invalidCursor();
  if (bytes.toString('hex', checksumEnd, timeStart) !== scope.fingerprint) throw cursorMismatch();
  const id = bytes.toString('hex', idStart);
  const threadId = [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-');
  return { time: new Date(Number(at)), threadId };
}

function checksum(bytes: Buffer, tenant: string): Buffer {
  const hash = createHash('sha256').update('threadstore list cursor\0').update(`${tenant.length}:${tenant}`);
  return hash
    .update(bytes.subarray(checksumEnd))
    .digest()
    .subarray(0, checksumEnd - 1);
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const fileTime = /^(\d{4})-(\d\d)-(\d\d)T(\d\d)-(\d\d)-(\d\d)$/;

/**
 * The millisecond that stands for a time, or null for what is no time. Threads have times of whole milliseconds: what is
 * strictly after 0.1234 s is after 0.123 s, and what is strictly before it is before 0.124 s.
 */
function parseTimeCursor(cursor: string, direction: SortDirection): Date | null {
  const match = rfc3339.exec(cursor) ?? fileTime.exec(cursor);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [, , , , , , , fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = match;
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  // A day that the month does not have would move on to the next month.
  const dayExists = time.getUTCMonth() === month - 1 && time.getUTCDate() === day;
  // RFC 3339 has leap seconds: :60 counts as the second after.
  if (!dayExists || hour > 23 || minute > 59 || second > 60) return null;
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return null;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const isBetween = /[1-9]/.test(fraction.slice(3));
  time.setUTCHours(hour, minute, second, milliseconds + (isBetween && direction === 'desc' ? 1 : 0));
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  return new Date(time.getTime() + (sign === '-' ? offset : -offset));
}
