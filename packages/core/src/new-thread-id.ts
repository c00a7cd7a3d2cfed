import { randomBytes } from 'node:crypto';
import type { ThreadId } from './thread.ts';

/** A new id for a thread: a UUID of version 7 (RFC 9562), so that ids made later sort later. */
export function newThreadId(now: Date = new Date()): ThreadId {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now.getTime(), 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
