import { isFields, type Fields } from '../turn-index/event-fields.ts';
import { cutText } from './cut-text.ts';
import type { PersistenceMode } from './event-kinds.ts';
import { itemVerdict } from './item-kinds.ts';

/** An item on its way into the store. */
export interface SessionItem {
  /** Its JSON text. */
  readonly json: string;
  /** What that text says. */
  readonly value: Readonly<Record<string, unknown>>;
}

/** Says what of a session is stored. */
export interface PersistencePolicy {
  /** The text to store, the item's own or a shorter one; `null` leaves the item out. */
  kept(item: SessionItem): string | null;
}

export const keepEverything: PersistencePolicy = { kept: ({ json }) => json };

/**
 * The policy of Codex: which items, response items and events its logs hold. Applying it twice is the same as applying it once.
 *
 * What it does not know (an item of a newer writer, or one whose payload does not say what it is) is kept, unless `unknownKinds` is `drop`.
 * In the mode `extended` the outputs of commands are shortened: of `exec_command_end` only `aggregated_output` stays, cut in the middle
 * beyond 10,000 bytes. An item that needs no shortening keeps its text as it is.
 */
export function persistencePolicy(
  mode: PersistenceMode,
  options: { readonly unknownKinds?: 'keep' | 'drop' } = {},
): PersistencePolicy {
  const { unknownKinds = 'keep' } = options;
  return {
    kept({ json, value }) {
      const verdict = itemVerdict(value, mode);
      if (verdict === 'dropped' || (verdict === 'unknown' && unknownKinds === 'drop')) return null;
      return mode === 'extended' ? shortened(value, json) : json;
    },
  };
}

function shortened(value: Fields, json: string): string {
  const { type, payload } = value;
  if (type !== 'event_msg' || !isFields(payload) || payload['type'] !== 'exec_command_end') return json;
  const changes = Object.entries(shorteners).flatMap(([field, shorten]) => {
    const text = payload[field];
    if (typeof text !== 'string') return [];
    const short = shorten(text);
    return short === text ? [] : [[field, short] as const];
  });
  if (changes.length === 0) return json;
  return JSON.stringify({ ...value, payload: { ...payload, ...Object.fromEntries(changes) } });
}

const empty = (): string => '';

const shorteners: Readonly<Record<string, (text: string) => string>> = {
  stdout: empty,
  stderr: empty,
  formatted_output: empty,
  aggregated_output: cutText,
};
