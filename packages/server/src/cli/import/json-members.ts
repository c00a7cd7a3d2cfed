/** Careful looks into JSON that others wrote: whatever has another type than expected is absent. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** An own member, so that `constructor` and its like are absent unless they are there. */
export function member(value: JsonObject | undefined, key: string): unknown {
  return value !== undefined && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function objectMember(value: JsonObject | undefined, key: string): JsonObject | undefined {
  return asObject(member(value, key));
}

export function textMember(value: JsonObject | undefined, key: string): string | undefined {
  const found = member(value, key);
  return typeof found === 'string' ? found : undefined;
}

export function arrayMember(value: JsonObject | undefined, key: string): readonly unknown[] {
  const found = member(value, key);
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}
