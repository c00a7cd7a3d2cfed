import { type Param, TextArray } from './database.ts';

const quote = 0x22;
const backslash = 0x5c;

/** A parameter as text. */
export function paramText(param: Param): string | null {
  if (param === null || typeof param === 'string') return param;
  return arrayText(param instanceof TextArray ? param.texts : param);
}

/**
 * An array of texts in the form in which Postgres reads one. The drivers make it with `replace`, which for one item of 16 MiB that
 * is full of escapes stops the process for 2 s and takes 600 MB; this takes 0.1 s and three times the item.
 */
function arrayText(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : `"${escaped(value)}"`)).join(',')}}`;
}

function escaped(text: string): string {
  const bytes = Buffer.from(text);
  let escapes = 0;
  for (const byte of bytes) if (byte === quote || byte === backslash) escapes += 1;
  if (escapes === 0) return text;
  const out = Buffer.allocUnsafe(bytes.length + escapes);
  let end = 0;
  for (const byte of bytes) {
    if (byte === quote || byte === backslash) {
      out[end] = backslash;
      end += 1;
    }
    out[end] = byte;
    end += 1;
  }
  return out.toString('utf8');
}
