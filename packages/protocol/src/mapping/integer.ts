import { badResponse, invalidRequest, type Fault } from './fault.ts';

// What Postgres' bigint holds, and more than a thread will ever count.
const max = 2n ** 63n - 1n;

export function bigIntegerToWire(value: bigint, field: string): bigint {
  return bigIntegerFromWire(value, field, invalidRequest);
}

export function bigIntegerFromWire(value: bigint, field: string, fault: Fault): bigint {
  if (typeof value !== 'bigint' || value < 0n || value > max) throw fault(field, `must be a bigint from 0 to ${max}`);
  return value;
}

export function countToWire(value: number, field: string): bigint {
  if (!Number.isSafeInteger(value) || value < 0) throw invalidRequest(field, outOfCount);
  return BigInt(value);
}

export function countFromWire(value: bigint, field: string, fault: Fault): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw fault(field, outOfCount);
  return Number(value);
}

const outOfCount = `must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}`;

/** An ordinal, epoch or sequence that a service sent. */
export function answeredBigInteger(value: bigint, field: string): bigint {
  return bigIntegerFromWire(value, field, badResponse);
}
