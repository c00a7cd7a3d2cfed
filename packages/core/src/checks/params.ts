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

/** The names of the members that objects of a union have. */
export type MemberOf<Union> = Union extends unknown ? keyof Union : never;

/** The one member of an object that must have exactly one of several, with what the table says of it; a member that is `undefined` is absent. */
export function soleMember<T>(
  value: unknown,
  field: string,
  members: Readonly<Record<string, T>>,
): readonly [member: { readonly field: string; readonly value: unknown }, entry: T] {
  const given = isRecord(value) ? Object.entries(members).filter(([name]) => value[name] !== undefined) : [];
  const [first, ...others] = given;
  if (!isRecord(value) || first === undefined || others.length > 0) {
    throw invalidField(field, `must have exactly one of ${Object.keys(members).join(', ')}`);
  }
  const [name, entry] = first;
  return [{ field: `${field}.${name}`, value: value[name] }, entry];
}
