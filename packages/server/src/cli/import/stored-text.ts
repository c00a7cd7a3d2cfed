import type { JsonValue, Limits } from '@threadstore/core';
import { checkPatch } from '@threadstore/core/internal';

/**
 * A text as metadata can keep it: well-formed, without NUL, and cut to the limit at a character. The items themselves are
 * never touched; this is for what is derived from them.
 */
export function storedText(text: string, bytesMax: number): string {
  const clean = text.toWellFormed().replaceAll('\0', '\uFFFD');
  // A UTF-16 unit takes three bytes at most.
  if (clean.length * 3 <= bytesMax || Buffer.byteLength(clean) <= bytesMax) return clean;
  const { read } = new TextEncoder().encodeInto(clean, new Uint8Array(bytesMax));
  return clean.slice(0, read);
}

/** The time that a rollout names: RFC 3339, or `YYYY-MM-DDTHH-MM-SS` in UTC. */
export function rolloutTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const dashed = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)$/.exec(text);
  const spelled = dashed === null ? text : `${dashed[1]}:${dashed[2]}:${dashed[3]}Z`;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(spelled)) return undefined;
  const time = new Date(spelled);
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() < 1 ? undefined : time;
}

/** A JSON value as metadata can keep it, or nothing when it is too large, too deep or holds texts that can't be stored. */
export function jsonMetadata(value: unknown, limits: Limits): JsonValue | undefined {
  if (value === undefined || value === null) return undefined;
  try {
    return checkPatch({ approvalMode: value }, { field: 'metadata', operation: 'import' }, limits).approvalMode;
  } catch {
    return undefined;
  }
}
