import { invalidField } from '../error-factories.ts';

/** The members of an argument that may come from anywhere. */
export type Untyped = Readonly<Record<string, unknown>>;

/** The call's parameters. Without any, the caller's program is wrong, not its data. */
export function asParams(params: unknown): Untyped {
  if (!isRecord(params)) throw new TypeError('the first argument must be an object of parameters');
  return params;
}

export function isRecord(value: unknown): value is Untyped {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A flag that is false unless it is given. */
export function checkFlag(value: unknown, field: string): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw invalidField(field, 'must be a boolean');
  return value;
}
