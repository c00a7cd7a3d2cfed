import { createHash } from 'node:crypto';
import { cursorMismatch, invalidCursor } from './error-factories.ts';
import type { SortDirection } from './listing.ts';
import type { ThreadId } from './thread.ts';
import { parseTimeCursor } from './time-cursor.ts';

/** Where a page of threads begins: after this thread, or, without an id, after all threads of that time. */
export interface ListPosition {
  readonly time: Date;
  readonly threadId: ThreadId | null;
}

/** Where a page of turns or items begins: at this ordinal, or strictly after it in the direction of the page. */
export interface OrdinalPosition {
  readonly ordinal: bigint;
  readonly inclusive: boolean;
}

/** Whose cursor it is and for which query; a cursor of anything else is refused. */
export interface CursorScope {
  readonly tenant: string;
  /** Equal for equal queries, whatever their page sizes and cursors: see `queryFingerprint`. */
  readonly fingerprint: string;
}

// base64url( version, 1 byte | checksum, 16 | fingerprint, 8 | milliseconds, 8 | thread id, 16 ): 49 bytes, 66 characters.
// Of turns and items: ordinal for milliseconds, and for the thread id whether the ordinal is included.
// The checksum is no signature: a cursor grants nothing, it names a place in the caller's own list. It keeps garbage,
// cut copies and other tenants' cursors from being taken for a place.
const version = 1;
const checksumEnd = 17;
const numberStart = 25;
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
  const id = Buffer.from(position.threadId.replaceAll('-', ''), 'hex');
  return seal(BigInt(position.time.getTime()), id, scope);
}

/** The position of a cursor that `encodeCursor` made for the same scope, or of a plain time. */
export function decodeCursor(cursor: string, scope: CursorScope, direction: SortDirection): ListPosition {
  const time = parseTimeCursor(cursor, direction);
  if (time !== null) return { time, threadId: null };
  const bytes = unseal(cursor, scope);
  const at = bytes.readBigInt64BE(numberStart);
  if (at > timeMax || at < -timeMax) throw invalidCursor();
  const id = bytes.toString('hex', idStart);
  const threadId = [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-');
  return { time: new Date(Number(at)), threadId };
}

export function encodeOrdinalCursor({ ordinal, inclusive }: OrdinalPosition, scope: CursorScope): string {
  return seal(ordinal, Buffer.from([inclusive ? 1 : 0]), scope);
}

/** The position of a cursor that `encodeOrdinalCursor` made for the same scope. */
export function decodeOrdinalCursor(cursor: string, scope: CursorScope): OrdinalPosition {
  const bytes = unseal(cursor, scope);
  const ordinal = bytes.readBigInt64BE(numberStart);
  if (ordinal < 0n) throw invalidCursor();
  return { ordinal, inclusive: bytes[idStart] === 1 };
}

function seal(number: bigint, id: Buffer, scope: CursorScope): string {
  const bytes = Buffer.alloc(length);
  bytes[0] = version;
  bytes.write(scope.fingerprint, checksumEnd, 'hex');
  bytes.writeBigInt64BE(number, numberStart);
  id.copy(bytes, idStart);
  checksum(bytes, scope.tenant).copy(bytes, 1);
  return bytes.toString('base64url');
}

function unseal(cursor: string, scope: CursorScope): Buffer {
  const bytes = Buffer.from(cursor, 'base64url');
  // Printing it again: base64 has several spellings of the same bytes, and skips what is none of its characters.
  if (bytes.length !== length || bytes[0] !== version || bytes.toString('base64url') !== cursor) throw invalidCursor();
  if (!checksum(bytes, scope.tenant).equals(bytes.subarray(1, checksumEnd))) throw invalidCursor();
  if (bytes.toString('hex', checksumEnd, numberStart) !== scope.fingerprint) throw cursorMismatch();
  return bytes;
}

function checksum(bytes: Buffer, tenant: string): Buffer {
  const hash = createHash('sha256').update('threadstore list cursor\0').update(`${tenant.length}:${tenant}`);
  return hash
    .update(bytes.subarray(checksumEnd))
    .digest()
    .subarray(0, checksumEnd - 1);
}
