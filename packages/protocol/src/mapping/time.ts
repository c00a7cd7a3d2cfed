import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { badResponse, invalidRequest, type Fault } from './fault.ts';

// The range that google.protobuf.Timestamp defines.
const firstMs = Date.parse('0001-01-01T00:00:00.000Z');
const lastMs = Date.parse('9999-12-31T23:59:59.999Z');
const nanosPerMs = 1_000_000;

type TimestampInit = Pick<Timestamp, 'seconds' | 'nanos'>;

export function timeToWire(time: Date, field: string): TimestampInit {
  const ms = time.getTime();
  // Also true for an invalid Date.
  if (!(ms >= firstMs && ms <= lastMs)) throw invalidRequest(field, 'must be a Date in the years 1 to 9999');
  const seconds = Math.floor(ms / 1_000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1_000) * nanosPerMs };
}

/** The time at a resolution of one millisecond, rounded down. */
export function timeFromWire(time: Timestamp, field: string, fault: Fault): Date {
  const { seconds, nanos } = time;
  if (nanos < 0 || nanos >= 1_000 * nanosPerMs) throw fault(field, 'nanos must be from 0 to 999999999');
  if (seconds < BigInt(firstMs) / 1_000n || seconds > BigInt(lastMs) / 1_000n) {
    throw fault(field, 'must be a time in the years 1 to 9999');
  }
  return new Date(Number(seconds) * 1_000 + Math.floor(nanos / nanosPerMs));
}

/** A time that the service must have sent. */
export function answeredTime(time: Timestamp | undefined, field: string): Date {
  if (time === undefined) throw badResponse(field, 'missing');
  return timeFromWire(time, field, badResponse);
}
