import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  CreateThreadParams,
  ForkPoint,
  ForkThreadParams,
  ResumeThreadParams,
  Takeover,
  WriterGrant,
  WriterRef,
} from '@threadstore/core';
import * as wire from '../gen/threadstore/v1/thread_store_service_pb.ts';
import { badResponse, invalidRequest } from './fault.ts';
import type { AllFields } from './fields.ts';
import { answeredBigInteger, bigIntegerFromWire, bigIntegerToWire, countFromWire, countToWire } from './integer.ts';
import { known, type Known } from './known.ts';
import { leaseFromWire, leaseToWire } from './lease.ts';
import { patchFromWire, patchToWire } from './patch.ts';
import { textToWire } from './text.ts';

/** The wire has no default for the holder: the caller's own label goes with every request. */
type WithHolder<T> = T & { readonly holder: string };

/** A single attempt. Who waits for a lease asks again. */
type ResumeAttempt = Omit<ResumeThreadParams, 'rolloutPath' | 'takeover' | 'waitMs'> & {
  readonly takeover?: Exclude<Takeover, 'wait'>;
};

const takeoverToWire: Readonly<Record<Exclude<Takeover, 'wait'>, wire.Takeover>> = {
  fail: wire.Takeover.FAIL,
  steal: wire.Takeover.STEAL,
};

const takeoverFromWire: Readonly<Record<Known<typeof wire.Takeover>, Exclude<Takeover, 'wait'>>> = {
  [wire.Takeover.FAIL]: 'fail',
  [wire.Takeover.STEAL]: 'steal',
};

export function createThreadToWire(
  params: WithHolder<CreateThreadParams>,
): MessageInitShape<typeof wire.CreateThreadRequestSchema> {
  return {
    ...newThreadToWire(params, 'create_thread'),
    forkedFromId: optionalText(params.forkedFromId, 'forkedFromId'),
  } satisfies AllFields<typeof wire.CreateThreadRequestSchema>;
}

/** An empty holder is left out: whoever serves the request names the caller some other way. */
export function createThreadFromWire(request: wire.CreateThreadRequest): CreateThreadParams {
  return { ...newThreadFromWire(request), forkedFromId: request.forkedFromId ?? null };
}

export function forkThreadToWire(
  params: WithHolder<ForkThreadParams>,
): MessageInitShape<typeof wire.ForkThreadRequestSchema> {
  return {
    ...newThreadToWire(params, 'fork_thread'),
    sourceThreadId: textToWire(params.sourceThreadId, 'sourceThreadId'),
    includeArchived: params.includeArchived ?? false,
    at: params.at === undefined ? undefined : { point: pointToWire(params.at) },
  } satisfies AllFields<typeof wire.ForkThreadRequestSchema>;
}

/** An empty holder is left out: whoever serves the request names the caller some other way. */
export function forkThreadFromWire(request: wire.ForkThreadRequest): ForkThreadParams {
  return {
    ...newThreadFromWire(request),
    sourceThreadId: request.sourceThreadId,
    includeArchived: request.includeArchived,
    ...(request.at === undefined ? {} : { at: pointFromWire(request.at) }),
  };
}

type PointInit = Exclude<wire.ForkPoint['point'], { case: undefined }>;

function pointToWire(at: ForkPoint): PointInit {
  if ('beforeOrdinal' in at) {
    return { case: 'beforeOrdinal', value: bigIntegerToWire(at.beforeOrdinal, 'at.beforeOrdinal') };
  }
  if ('beforeTurn' in at) return { case: 'beforeTurn', value: textToWire(at.beforeTurn, 'at.beforeTurn') };
  if ('throughTurn' in at) return { case: 'throughTurn', value: textToWire(at.throughTurn, 'at.throughTurn') };
  return { case: 'beforeUserMessage', value: countToWire(at.beforeUserMessage, 'at.beforeUserMessage') };
}

function pointFromWire({ point }: wire.ForkPoint): ForkPoint {
  switch (point.case) {
    case 'beforeOrdinal':
      return { beforeOrdinal: bigIntegerFromWire(point.value, 'at.beforeOrdinal', invalidRequest) };
    case 'beforeTurn':
      return { beforeTurn: point.value };
    case 'throughTurn':
      return { throughTurn: point.value };
    case 'beforeUserMessage':
      return { beforeUserMessage: countFromWire(point.value, 'at.beforeUserMessage', invalidRequest) };
    case undefined:
      // Also what a point is that a newer client knows and this service does not.
      throw invalidRequest('at', 'must have exactly one of beforeOrdinal, beforeTurn, throughTurn, beforeUserMessage');
  }
}

export function resumeThreadToWire(
  params: WithHolder<ResumeAttempt>,
): MessageInitShape<typeof wire.ResumeThreadRequestSchema> {
  return {
    threadId: textToWire(params.threadId, 'threadId'),
    holder: textToWire(params.holder, 'holder'),
    takeover: params.takeover === undefined ? wire.Takeover.UNSPECIFIED : takeoverToWire[params.takeover],
    includeArchived: params.includeArchived ?? false,
    expectedEpoch:
      params.expectedEpoch === undefined ? undefined : bigIntegerToWire(params.expectedEpoch, 'expectedEpoch'),
  } satisfies AllFields<typeof wire.ResumeThreadRequestSchema>;
}

/** An empty holder is left out: whoever serves the request names the caller some other way. */
export function resumeThreadFromWire(request: wire.ResumeThreadRequest): ResumeAttempt {
  const { expectedEpoch } = request;
  const takeover = known(takeoverFromWire, request.takeover);
  if (takeover === undefined && request.takeover !== wire.Takeover.UNSPECIFIED) {
    throw invalidRequest('takeover', `not a way to take over (got ${request.takeover})`);
  }
  return {
    threadId: request.threadId,
    ...holderFromWire(request),
    ...(takeover === undefined ? {} : { takeover }),
    ...(expectedEpoch === undefined
      ? {}
      : { expectedEpoch: bigIntegerFromWire(expectedEpoch, 'expectedEpoch', invalidRequest) }),
    includeArchived: request.includeArchived,
  };
}

export function grantToWire(grant: WriterGrant): MessageInitShape<typeof wire.WriterGrantSchema> {
  return {
    threadId: grant.threadId,
    epoch: bigIntegerToWire(grant.epoch, 'epoch'),
    nextOrdinal: bigIntegerToWire(grant.nextOrdinal, 'nextOrdinal'),
    lease: leaseToWire(grant.lease),
  } satisfies AllFields<typeof wire.WriterGrantSchema>;
}

export function grantFromWire(grant: wire.WriterGrant | undefined): WriterGrant {
  if (grant?.lease === undefined) throw badResponse('grant', 'missing, or without its lease');
  return {
    threadId: grant.threadId,
    epoch: answeredBigInteger(grant.epoch, 'epoch'),
    nextOrdinal: answeredBigInteger(grant.nextOrdinal, 'nextOrdinal'),
    lease: leaseFromWire(grant.lease),
  };
}

/** For the messages that name a writer and nothing else: the requests to persist, flush, shutdown and discard, and of a renewal. */
export function writerRefToWire(writer: WriterRef): { readonly threadId: string; readonly epoch: bigint } {
  return {
    threadId: textToWire(writer.threadId, 'threadId'),
    epoch: bigIntegerToWire(writer.epoch, 'epoch'),
  } satisfies AllFields<typeof wire.PersistThreadRequestSchema> &
    AllFields<typeof wire.FlushThreadRequestSchema> &
    AllFields<typeof wire.ShutdownThreadRequestSchema> &
    AllFields<typeof wire.DiscardThreadRequestSchema> &
    AllFields<typeof wire.WriterRefSchema>;
}

export function writerRefFromWire(
  request: wire.PersistThreadRequest | wire.FlushThreadRequest | wire.ShutdownThreadRequest | wire.DiscardThreadRequest,
): WriterRef {
  return { threadId: request.threadId, epoch: bigIntegerFromWire(request.epoch, 'epoch', invalidRequest) };
}

type NewThread = WithHolder<Omit<CreateThreadParams, 'forkedFromId'>>;

/** What every request says that makes a thread. */
function newThreadToWire(params: NewThread, operation: string) {
  const { metadata } = params;
  return {
    threadId: textToWire(params.threadId, 'threadId'),
    holder: textToWire(params.holder, 'holder'),
    parentThreadId: optionalText(params.parentThreadId, 'parentThreadId'),
    sessionId: optionalText(params.sessionId, 'sessionId'),
    originator: optionalText(params.originator, 'originator'),
    metadata: metadata === undefined ? undefined : patchToWire(metadata, { field: 'metadata', operation }),
  };
}

function newThreadFromWire(
  request: wire.CreateThreadRequest | wire.ForkThreadRequest,
): Omit<CreateThreadParams, 'forkedFromId'> {
  return {
    threadId: request.threadId,
    ...holderFromWire(request),
    parentThreadId: request.parentThreadId ?? null,
    sessionId: request.sessionId ?? null,
    originator: request.originator ?? null,
    ...(request.metadata === undefined ? {} : { metadata: patchFromWire(request.metadata, 'metadata') }),
  };
}

function optionalText(text: string | null | undefined, field: string): string | undefined {
  return text === undefined || text === null ? undefined : textToWire(text, field);
}

function holderFromWire(request: { readonly holder: string }): { readonly holder?: string } {
  return request.holder === '' ? {} : { holder: request.holder };
}
