import type { Row } from './database.ts';

// The meaning of the texts in a row, by the types that statements here return. A column that is missing is a mistake in a
// statement, as is a null where there can be none.

export function textOrNull(row: Row, column: string): string | null {
  const value = row[column];
  if (value === undefined) throw new TypeError(`column ${column}: is missing`);
  return value;
}

export function text(row: Row, column: string): string {
  const value = textOrNull(row, column);
  if (value === null) throw new TypeError(`column ${column}: is null`);
  return value;
}

export function integer(row: Row, column: string): bigint {
  return BigInt(text(row, column));
}

export function integerOrNull(row: Row, column: string): bigint | null {
  const value = textOrNull(row, column);
  return value === null ? null : BigInt(value);
}

export function flag(row: Row, column: string): boolean {
  return text(row, column) === 't';
}

export function time(row: Row, column: string): Date {
  return new Date(Number(text(row, column)));
}

export function timeOrNull(row: Row, column: string): Date | null {
  const value = textOrNull(row, column);
  return value === null ? null : new Date(Number(value));
}

/**
 * SQL for a time as whole milliseconds, which `time` reads. What Postgres prints for a timestamptz depends on settings of the
 * session and of the server.
 */
export function milliseconds(expression: string): string {
  return `(extract(epoch from ${expression}) * 1000)::bigint`;
}
