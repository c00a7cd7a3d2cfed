import { create } from '@bufbuild/protobuf';
import { anyPack, durationFromMs } from '@bufbuild/protobuf/wkt';
import { ThreadStoreError } from '@threadstore/core';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../gen/google/rpc/error_details_pb.ts';
import { StatusSchema, type Status } from '../gen/google/rpc/status_pb.ts';
import { errorDomain, reasonStatus } from './reasons.ts';

// All metadata of a response shares 8 KiB by default. Of a failed call the message goes twice, once percent-encoded (three
// characters a byte), the details in base64 (four for three): at most about 6 KiB in all.
const messageBytesMax = 512;
const detailBytesMax = 512;
const detailsBytesMax = 2_048;

/**
 * An error as a google.rpc.Status, after AIP-193: with an ErrorInfo always, a RetryInfo when the error says when to retry, a
 * BadRequest when it names a field.
 *
 * What is not a {@link ThreadStoreError} becomes INTERNAL with a fixed message. Causes and stacks stay here. Messages and details
 * are cut where the transport's limit on metadata would be in danger.
 */
export function statusToWire(error: unknown): Status {
  const known =
    error instanceof ThreadStoreError
      ? error
      : new ThreadStoreError({ reason: 'INTERNAL', message: 'internal error', effect: 'unknown' });
  const message = cut(known.message, messageBytesMax);
  const field = known.details['field'];
  const details = [
    anyPack(
      ErrorInfoSchema,
      create(ErrorInfoSchema, {
        reason: known.reason,
        domain: errorDomain,
        metadata: { ...bounded(known.details), effect: known.effect },
      }),
    ),
  ];
  const retryAfterMs = known.retryAfterMs ?? Number.NaN;
  if (!Number.isNaN(retryAfterMs)) {
    const ms = Math.min(Math.max(0, Math.ceil(retryAfterMs)), Number.MAX_SAFE_INTEGER);
    details.push(anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay: durationFromMs(ms) })));
  }
  if (field !== undefined) {
    const violation = { field: cut(field, detailBytesMax), description: message };
    details.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations: [violation] })));
  }
  return create(StatusSchema, { code: reasonStatus[known.reason], message, details });
}

/** Keeps the details in their order while they fit. */
function bounded(details: Readonly<Record<string, string>>): Record<string, string> {
  let left = detailsBytesMax;
  const kept: [string, string][] = [];
  for (const [key, value] of Object.entries(details)) {
    const short = cut(value, detailBytesMax);
    left -= Buffer.byteLength(key) + Buffer.byteLength(short);
    if (left < 0) break;
    kept.push([key.toWellFormed(), short]);
  }
  return Object.fromEntries(kept);
}

/** A text of at most so many bytes, well-formed: neither protobuf nor a percent-encoded header takes a lone surrogate. */
function cut(text: string, bytesMax: number): string {
  const wellFormed = text.toWellFormed();
  if (Buffer.byteLength(wellFormed) <= bytesMax) return wellFormed;
  const ellipsis = '...';
  let end = bytesMax - ellipsis.length;
  const bytes = Buffer.from(wellFormed);
  // Not in the middle of a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end) + ellipsis;
}
