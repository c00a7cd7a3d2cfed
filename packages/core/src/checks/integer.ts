import { invalidField } from '../error-factories.ts';

const bigIntegerMax = 2n ** 63n - 1n;

/** An epoch, a sequence or an ordinal. */
export function checkBigInteger(value: unknown, field: string): bigint {
  if (typeof value !== 'bigint' || value < 0n || value > bigIntegerMax) {
    throw invalidField(field, `must be a bigint from 0 to ${bigIntegerMax}`);
  }
  return value;
}

/** A number of things, or the place of one from 0 on. */
export function checkCount(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalidField(field, `must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  // -0 is an integer, too, which neither the wire nor a database can say.
  return value === 0 ? 0 : value;
}
