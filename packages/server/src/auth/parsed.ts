import { checkTenant } from '@threadstore/core/internal';
import { isScope, type Scope } from './principal.ts';

// Readers of files of credentials. What they throw says where the file is wrong, and quotes nothing of it.

/** What a parser says of bad JSON quotes it. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('is no JSON');
  }
}

export function objectOf(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${at}: expected an object`);
  return value as Readonly<Record<string, unknown>>;
}

/** The entries of a file, each read with where it stands. */
export function entriesOf<T>(text: string, name: string, read: (entry: unknown, at: string) => T): readonly T[] {
  const list = objectOf(parsed(text), 'the file');
  if (list['version'] !== 1) throw new Error('version: expected 1');
  const entries = list[name];
  if (!Array.isArray(entries)) throw new Error(`${name}: expected an array`);
  return entries.map((entry: unknown, index) => read(entry, `${name}[${index}]`));
}

export function onlyMembers(entry: object, members: ReadonlySet<string>, at: string): void {
  for (const name of Object.keys(entry)) if (!members.has(name)) throw new Error(`${at}: has an unknown member`);
}

export function tenantOf(value: unknown, at: string): string {
  const tenant = textOf(value, `${at}.tenant`);
  try {
    return checkTenant(tenant);
  } catch (error) {
    throw new Error(`${at}.${error instanceof Error ? error.message : 'tenant: is wrong'}`, { cause: error });
  }
}

export function scopesOf(value: unknown, at: string): readonly Scope[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isScope)) {
    throw new Error(`${at}.scopes: expected some of read, write and admin`);
  }
  return value;
}

export function textOf(value: unknown, at: string): string {
  if (typeof value !== 'string') throw new Error(`${at}: expected a text`);
  return value;
}
