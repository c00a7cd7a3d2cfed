import { createHash } from 'node:crypto';
import type { ShownItem } from '../history/lines.ts';
import { canaryOf } from '../history/tenants.ts';
import { pick, type Random } from '../random.ts';

/** What an item says of itself, so that anybody who reads it knows where it belongs. */
export interface ItemLabel {
  readonly op: string;
  readonly epoch: number | null;
  readonly sequence: number | null;
  /** Its place in its batch, from 0. */
  readonly k: number;
}

/** JSON that a store which parses and prints would change or refuse. */
const hostile = [
  '[1.0, -0, 1e400, 12345678901234567890, 0.1e-7]',
  String.raw`"\u0000 \ud83d \u202e"`,
  '"𝔘𝔫𝔦𝔠𝔬𝔡𝔢 👩‍👩‍👧‍👦 ﷽ ‮ \u2028 é e\u0301"',
  '{ "a" : 1, "a" : 2, "__proto__" : { "x" : null } }',
] as const;

/** The text of an item: mostly small, sometimes large, sometimes of odd but legal JSON. */
export function itemText({ op, epoch, sequence, k }: ItemLabel, random: Random): string {
  const label = JSON.stringify({ type: 'soak', op, epoch, sequence, k, canary: canaryOf('owner') });
  return `${label.slice(0, -1)},"pad":${random.chance(0.05) ? pick(hostile, random.next()) : padding(random)}}`;
}

function padding(random: Random): string {
  const size = random.next();
  let length = random.integer(0, 200);
  if (size > 0.6) length = 1_024;
  if (size > 0.97) length = 8 * 1_024;
  if (size > 0.997) length = 64 * 1_024;
  return JSON.stringify('x'.repeat(length));
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The line of history for an item that was read. One that does not say what it is has an empty `op`. */
export function readItem(text: string): ShownItem {
  const hash = hashOf(text);
  try {
    const { op, k } = JSON.parse(text) as { readonly op?: unknown; readonly k?: unknown };
    if (typeof op === 'string' && typeof k === 'number') return [hash, op, k];
  } catch {
    // It is the checker who says what this means.
  }
  return [hash, '', 0];
}
