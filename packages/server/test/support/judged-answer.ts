import { fromBinary, isMessage, type DescMethod } from '@bufbuild/protobuf';
import * as grpc from '@grpc/grpc-js';
import type { ThreadStoreError } from '@threadstore/core';
import { errorFromWire, fromStatus, type CallFacts } from '@threadstore/protocol';
import { messagesOf, type RawAnswer } from '@threadstore/testkit';
import { canary } from './field-cases.ts';

const facts: CallFacts = { effect: 'unknown', operation: 'nobody told' };

/** What a service answered: the error of the call and those that stand in its messages, or none. */
export function errorsOf({ output }: DescMethod, answer: RawAnswer): readonly ThreadStoreError[] {
  const { code, message, headers } = answer;
  if (code !== grpc.status.OK)
    return [fromStatus({ code: code ?? 2, details: message, metadata: trailers(headers) }, facts)];
  return messagesOf(answer.body).flatMap((bytes) => refusalsIn(fromBinary(output, bytes)));
}

/** What is wrong with an error, in words; nothing with one that says what a caller has to know, in one line, and no content. */
export function faultsOf(error: ThreadStoreError, namesField = true): readonly string[] {
  const { code, reason, message, effect, remote, details } = error;
  const wrong: string[] = [];
  if (code === 'internal' || code === 'data_loss') wrong.push(`is ${reason}`);
  if (!remote || message.startsWith(facts.operation)) wrong.push('has no ErrorInfo of ours');
  if (effect !== 'none') wrong.push(`has effect ${effect}`);
  if (!/^[\x20-\x7e]{1,200}$/.test(message)) wrong.push('is not one line of at most 200 ASCII characters');
  if (JSON.stringify([message, details]).includes(canary)) wrong.push('shows what the request held');
  if (namesField && code === 'invalid_request' && !message.includes(details['field'] ?? ':'))
    wrong.push('does not name the field');
  return wrong.map((what) => `${what}: ${reason}: ${message}`.slice(0, 300));
}

function trailers(headers: RawAnswer['headers']): grpc.Metadata {
  const metadata = new grpc.Metadata();
  const details = headers['grpc-status-details-bin'];
  if (typeof details === 'string') metadata.set('grpc-status-details-bin', Buffer.from(details, 'base64'));
  return metadata;
}

function refusalsIn(value: unknown): readonly ThreadStoreError[] {
  if (Array.isArray(value)) return value.flatMap(refusalsIn);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  if (isMessage(value) && value.$typeName === 'google.rpc.Status')
    return [errorFromWire(value as Parameters<typeof errorFromWire>[0], facts)];
  return Object.values(value).flatMap(refusalsIn);
}
