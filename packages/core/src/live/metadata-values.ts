import { checkJsonValue } from '../checks/json-value.ts';
import { ThreadStoreError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { JsonValue, SessionSource } from '../thread.ts';
import { parseTimeCursor } from '../time-cursor.ts';
import { isFields, type Fields } from '../turn-index/event-fields.ts';

/**
 * A text as metadata can keep it: well-formed, without NUL, and cut to the limit at a character. The items themselves are
 * never touched; this is for what is derived from them.
 */
export function fittedText(text: string, bytesMax: number): string {
  const clean = text.toWellFormed().replaceAll('\0', '\uFFFD');
  // A UTF-16 unit takes three bytes at most.
  if (clean.length * 3 <= bytesMax || Buffer.byteLength(clean) <= bytesMax) return clean;
  const { read } = new TextEncoder().encodeInto(clean, new Uint8Array(bytesMax));
  return clean.slice(0, read);
}

/** The time that a log names: RFC 3339, or `YYYY-MM-DDTHH-MM-SS` in UTC. */
export function loggedTime(value: unknown): Date | null {
  const time = typeof value === 'string' ? parseTimeCursor(value, 'asc') : null;
  return time === null || time.getUTCFullYear() < 1 || time.getUTCFullYear() > 9_999 ? null : time;
}

/** A JSON value as metadata can keep it, or nothing when it is too large, too deep or holds texts that can't be stored. */
export function fittedJson(value: unknown, limits: Limits): JsonValue | undefined {
  if (value === undefined || value === null) return undefined;
  try {
    return checkJsonValue(value, 'value', limits);
  } catch (error) {
    if (error instanceof ThreadStoreError) return undefined;
    throw error;
  }
}

/** The source that a `session_meta` names. Codex writes none for sessions of its editor extension's first versions. */
export function loggedSource(value: unknown, limits: Limits): SessionSource {
  if (value === undefined || value === null) return 'vscode';
  if (typeof value === 'string' && value !== '' && !value.startsWith('{')) {
    return fittedText(value, limits.metadataValueBytesMax);
  }
  const structured = isFields(value) ? fittedJson(value, limits) : undefined;
  return structured === undefined ? 'unknown' : (structured as { readonly [key: string]: JsonValue });
}

/** The spawned agent that a structured source tells of. */
export function spawnOf(source: unknown): Fields | undefined {
  const subagent = isFields(source) ? source['subagent'] : undefined;
  const spawn = isFields(subagent) ? subagent['thread_spawn'] : undefined;
  return isFields(spawn) ? spawn : undefined;
}
