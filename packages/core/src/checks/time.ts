import { invalidField } from '../error-factories.ts';

// What the timestamps of the wire can say; databases can keep more.
const earliest = Date.parse('0001-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

/** A copy of a time that a thread can have. */
export function checkTime(value: unknown, field: string): Date {
  const time = value instanceof Date ? value.getTime() : Number.NaN;
  // Also false for an invalid Date.
  if (!(time >= earliest && time <= latest)) throw invalidField(field, 'must be a Date in the years 1 to 9999');
  return new Date(time);
}
