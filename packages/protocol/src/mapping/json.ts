import { ThreadStoreError, type JsonValue } from '@threadstore/core';
import { invalidRequest, type Fault } from './fault.ts';

// The store has a lower limit of its own. This one keeps a caller from having megabytes parsed before it gets that far.
const textLengthMax = 1_048_576;

export function jsonToWire(value: JsonValue, field: string): string {
  // A lone surrogate is written as an escape, so the text is always well-formed.
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw invalidRequest(field, 'must be a JSON value');
  return text;
}

export function jsonFromWire(text: string, field: string, fault: Fault): JsonValue {
  if (fault === invalidRequest && text.length > textLengthMax) throw tooLong(field, text.length);
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw fault(field, 'not valid JSON');
  }
}

function tooLong(field: string, got: number): ThreadStoreError {
  return new ThreadStoreError({
    reason: 'LIMIT_EXCEEDED',
    message: `${field}: too long a JSON text (got ${got}, limit metadataValueBytesMax at most ${textLengthMax})`,
    details: { field, limit: 'metadataValueBytesMax', max: String(textLengthMax), got: String(got) },
  });
}
