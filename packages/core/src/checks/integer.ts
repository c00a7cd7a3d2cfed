import { invalidField } from '../error-factories.ts';

const bigIntegerMax = 2n ** 63n - 1n;

/** An epoch, a sequence or an ordinal. */
export function checkBigInteger(value: unknown, field: string): bigint {
  if (typeof value !== 'bigint' || value < 0n || value > bigIntegerMax) {
    throw invalidField(field, `must be a bigint from 0 to ${bigIntegerMax}`);
  }
  return value;
}
