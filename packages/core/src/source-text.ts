import { canonicalJson } from './canonical-json.ts';
import { isRecord } from './checks/params.ts';
import type { JsonValue, SessionSource } from './thread.ts';

/**
 * The one text of a source: a plain origin as it is, a structured one as JSON with its keys sorted, so that equal sources
 * have equal texts. The check refuses plain origins that start with `{`, which keeps the two apart.
 */
export function sourceText(source: SessionSource): string {
  return typeof source === 'string' ? source : canonicalJson(source);
}

/** The source of a text that `sourceText` made. */
export function parseSourceText(text: string): SessionSource {
  if (!text.startsWith('{')) return text;
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) throw new TypeError('not the text of a source');
  return value as { readonly [key: string]: JsonValue };
}
