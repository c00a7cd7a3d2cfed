import type { MessageInitShape } from '@bufbuild/protobuf';
import { ThreadStoreError, type LostLease, type RenewLeasesParams, type RenewLeasesResult } from '@threadstore/core';
import { errorFromWire, type CallFacts } from '../errors/error-from-wire.ts';
import { statusToWire } from '../errors/status-to-wire.ts';
import type * as wire from '../gen/threadstore/v1/thread_store_service_pb.ts';
import { badResponse, invalidRequest } from './fault.ts';
import type { AllFields } from './fields.ts';
import { answeredBigInteger, bigIntegerFromWire, bigIntegerToWire } from './integer.ts';
import { writerRefToWire } from './writer.ts';

/** The answer to a renewal of a stream. */
export interface RenewalAnswer {
  /** Which renewal of the stream, from 0. */
  readonly number: number;
  readonly outcome: RenewLeasesResult | ThreadStoreError;
}

const facts: CallFacts = { effect: 'unknown', operation: 'renew_leases' };

export function renewLeasesToWire({ writers }: RenewLeasesParams): MessageInitShape<typeof wire.LeaseRenewalSchema> {
  return { writers: writers.map(writerRefToWire) } satisfies AllFields<typeof wire.LeaseRenewalSchema>;
}

export function renewLeasesFromWire({ writers }: wire.LeaseRenewal): RenewLeasesParams {
  return {
    writers: writers.map(({ threadId, epoch }, index) => ({
      threadId,
      epoch: bigIntegerFromWire(epoch, `writers[${index}].epoch`, invalidRequest),
    })),
  };
}

export function renewalAnswerToWire({
  number,
  outcome,
}: RenewalAnswer): MessageInitShape<typeof wire.LeaseRenewalAnswerSchema> {
  const isRefused = outcome instanceof ThreadStoreError;
  return {
    number: BigInt(number),
    lost: isRefused ? [] : outcome.lost.map(lostLeaseToWire),
    refused: isRefused ? statusToWire(outcome) : undefined,
  } satisfies AllFields<typeof wire.LeaseRenewalAnswerSchema>;
}

export function renewalAnswerFromWire(answer: wire.LeaseRenewalAnswer): RenewalAnswer {
  const { lost, refused } = answer;
  return {
    number: Number(answer.number),
    outcome: refused === undefined ? { lost: lost.map(lostLeaseFromWire) } : errorFromWire(refused, facts),
  };
}

function lostLeaseToWire(lost: LostLease): MessageInitShape<typeof wire.LostLeaseSchema> {
  return {
    threadId: lost.threadId,
    epoch: bigIntegerToWire(lost.epoch, 'epoch'),
    error: statusToWire(lost.error),
  } satisfies AllFields<typeof wire.LostLeaseSchema>;
}

function lostLeaseFromWire({ threadId, epoch, error }: wire.LostLease): LostLease {
  if (error === undefined) throw badResponse('lost.error', 'missing');
  return { threadId, epoch: answeredBigInteger(epoch, 'lost.epoch'), error: errorFromWire(error, facts) };
}
