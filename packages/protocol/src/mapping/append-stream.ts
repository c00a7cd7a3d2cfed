import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { ThreadStoreError, type AppendResult, type RenewLeasesParams } from '@threadstore/core';
import { Encoded } from '../binding/codec.ts';
import { errorFromWire, type CallFacts } from '../errors/error-from-wire.ts';
import { statusToWire } from '../errors/status-to-wire.ts';
import * as wire from '../gen/threadstore/v1/thread_store_service_pb.ts';
import { appendResultFromWire, appendResultToWire } from './append.ts';
import { bytesFieldSize, bytesTag, ExactWriter } from './exact-writer.ts';
import { badResponse } from './fault.ts';
import type { AllFields } from './fields.ts';
import { renewalAnswerFromWire, renewalAnswerToWire, renewLeasesToWire, type RenewalAnswer } from './renewal.ts';

/** The answer to an append of a stream. */
export interface AppendAnswer {
  /** Which append of the stream, from 0. */
  readonly number: number;
  readonly outcome: AppendResult | ThreadStoreError;
}

/** What one message of the service brings. */
export interface AppendStreamAnswers {
  readonly appends: readonly AppendAnswer[];
  readonly renewals: readonly RenewalAnswer[];
}

const facts: CallFacts = { effect: 'unknown', operation: 'append_items' };

const streamTags = {
  appends: bytesTag(wire.AppendStreamRequestSchema.field.appends),
  renewals: bytesTag(wire.AppendStreamRequestSchema.field.renewals),
} satisfies AllFields<typeof wire.AppendStreamRequestSchema>;

/** A message with these appends, as `encodeAppend` wrote them, and these renewals. */
export function appendStreamRequestToWire(
  appends: readonly Uint8Array[],
  renewals: readonly RenewLeasesParams[],
): Encoded<typeof wire.AppendStreamRequestSchema> {
  const encodedRenewals = renewals.map((renewal) =>
    toBinary(wire.LeaseRenewalSchema, create(wire.LeaseRenewalSchema, renewLeasesToWire(renewal))),
  );
  let size = 0;
  for (const append of appends) size += bytesFieldSize(streamTags.appends, append.byteLength);
  for (const renewal of encodedRenewals) size += bytesFieldSize(streamTags.renewals, renewal.byteLength);
  return new Encoded(wire.AppendStreamRequestSchema, size, (bytes) => {
    const writer = new ExactWriter(bytes);
    for (const append of appends) writer.bytesField(streamTags.appends, append);
    for (const renewal of encodedRenewals) writer.bytesField(streamTags.renewals, renewal);
  });
}

export function appendStreamAnswersToWire({
  appends,
  renewals,
}: AppendStreamAnswers): MessageInitShape<typeof wire.AppendStreamResponseSchema> {
  return {
    appends: appends.map(appendAnswerToWire),
    renewals: renewals.map(renewalAnswerToWire),
  } satisfies AllFields<typeof wire.AppendStreamResponseSchema>;
}

/** Throws when a message of the service makes no sense: what it was to answer is then unanswered. */
export function appendStreamAnswersFromWire(response: wire.AppendStreamResponse): AppendStreamAnswers {
  return {
    appends: response.appends.map(appendAnswerFromWire),
    renewals: response.renewals.map(renewalAnswerFromWire),
  };
}

function appendAnswerToWire({ number, outcome }: AppendAnswer): MessageInitShape<typeof wire.AppendAnswerSchema> {
  return {
    number: BigInt(number),
    outcome:
      outcome instanceof ThreadStoreError
        ? { case: 'refused' as const, value: statusToWire(outcome) }
        : { case: 'stored' as const, value: appendResultToWire(outcome) },
  } satisfies AllFields<typeof wire.AppendAnswerSchema>;
}

function appendAnswerFromWire({ number, outcome }: wire.AppendAnswer): AppendAnswer {
  switch (outcome.case) {
    case 'stored':
      return { number: Number(number), outcome: appendResultFromWire(outcome.value) };
    case 'refused':
      return { number: Number(number), outcome: errorFromWire(outcome.value, facts) };
    default:
      throw badResponse('outcome', 'missing');
  }
}
