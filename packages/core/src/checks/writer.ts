import { invalidField, limitExceeded, pathUnsupported } from '../error-factories.ts';
import { defaultHolder } from '../holder.ts';
import type { Limits } from '../limits.ts';
import type { ThreadId } from '../thread.ts';
import type { CreateThreadParams, RenewLeasesParams, ResumeThreadParams, Takeover, WriterRef } from '../writer.ts';
import { checkBigInteger } from './integer.ts';
import { asParams, checkFlag, isRecord, type Untyped } from './params.ts';
import { checkPatch, type CheckedPatch } from './patch.ts';
import { checkText } from './text.ts';
import { checkThreadId, checkThreadIdOrNull } from './thread-id.ts';

export interface CheckedCreate {
  readonly threadId: ThreadId;
  readonly holder: string;
  readonly forkedFromId: ThreadId | null;
  readonly parentThreadId: ThreadId | null;
  readonly sessionId: string | null;
  readonly originator: string | null;
  readonly metadata: CheckedPatch;
}

export function checkCreateThread(
  params: CreateThreadParams,
  limits: Limits,
  holder: string = defaultHolder(),
): CheckedCreate {
  return checkNewThread(asParams(params), { operation: 'create_thread', limits, holder });
}

export interface NewThreadContext {
  /** The operation's upstream spelling, for refusals. */
  readonly operation: string;
  readonly limits: Limits;
  /** Who holds the lease where the params don't say. */
  readonly holder: string;
}

/** What every operation is given that makes a thread. */
export function checkNewThread(given: Untyped, { operation, limits, holder }: NewThreadContext): CheckedCreate {
  return {
    threadId: checkThreadId(given.threadId),
    holder: checkHolder(given.holder, holder, limits),
    forkedFromId: checkThreadIdOrNull(given.forkedFromId, 'forkedFromId'),
    parentThreadId: checkThreadIdOrNull(given.parentThreadId, 'parentThreadId'),
    sessionId: checkTextOrNull(given.sessionId, 'sessionId', limits),
    originator: checkTextOrNull(given.originator, 'originator', limits),
    metadata: checkPatch(given.metadata ?? {}, { field: 'metadata', operation }, limits),
  };
}

export interface CheckedResume {
  readonly threadId: ThreadId;
  readonly holder: string;
  readonly takeover: Takeover;
  /** How long to wait for the lease; 0 unless `takeover` is `wait`. */
  readonly waitMs: number;
  readonly expectedEpoch: bigint | null;
  readonly includeArchived: boolean;
}

export function checkResumeThread(
  params: ResumeThreadParams,
  limits: Limits,
  holder: string = defaultHolder(),
): CheckedResume {
  const given = asParams(params);
  if (given.rolloutPath !== undefined) throw pathUnsupported('resume_thread');
  const takeover = checkTakeover(given.takeover);
  return {
    threadId: checkThreadId(given.threadId),
    holder: checkHolder(given.holder, holder, limits),
    takeover,
    waitMs: checkWaitMs(given.waitMs, takeover),
    expectedEpoch: given.expectedEpoch === undefined ? null : checkBigInteger(given.expectedEpoch, 'expectedEpoch'),
    includeArchived: checkFlag(given.includeArchived, 'includeArchived'),
  };
}

/** For `persistThread`, `flushThread`, `shutdownThread` and `discardThread`. */
export function checkWriterRef(params: WriterRef): WriterRef {
  const given = asParams(params);
  return { threadId: checkThreadId(given.threadId), epoch: checkBigInteger(given.epoch, 'epoch') };
}

export function checkRenewLeases(params: RenewLeasesParams, limits: Limits): readonly WriterRef[] {
  const writers: unknown = asParams(params).writers;
  if (!Array.isArray(writers)) throw invalidField('writers', 'must be an array of writers');
  if (writers.length > limits.writersMax) {
    throw limitExceeded({ field: 'writers', limit: 'writersMax', max: limits.writersMax, got: writers.length });
  }
  return (writers as unknown[]).map((writer, index) => {
    if (!isRecord(writer)) throw invalidField(`writers[${index}]`, 'must be an object with threadId and epoch');
    return {
      threadId: checkThreadId(writer['threadId'], `writers[${index}].threadId`),
      epoch: checkBigInteger(writer['epoch'], `writers[${index}].epoch`),
    };
  });
}

function checkHolder(value: unknown, otherwise: string, limits: Limits): string {
  // On the wire an empty label is one that was not given.
  if (value === '') throw invalidField('holder', 'must not be empty');
  if (value !== undefined) return checkText(value, 'holder', 'holderBytesMax', limits);
  // A label that nobody chose is no reason to refuse a call: it is cut where the limit is small.
  const max = limits.holderBytesMax;
  return Buffer.byteLength(otherwise) <= max ? otherwise : otherwise.slice(0, Math.floor(max / 3)).toWellFormed();
}

function checkTakeover(value: unknown): Takeover {
  if (value === undefined) return 'fail';
  if (value !== 'fail' && value !== 'steal' && value !== 'wait') {
    throw invalidField('takeover', 'must be "fail", "steal" or "wait"');
  }
  return value;
}

const waitMsDefault = 30_000;
const waitMsMax = 24 * 60 * 60 * 1_000;

function checkWaitMs(value: unknown, takeover: Takeover): number {
  if (takeover !== 'wait') {
    if (value !== undefined) throw invalidField('waitMs', 'goes with takeover "wait" only');
    return 0;
  }
  if (value === undefined) return waitMsDefault;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > waitMsMax) {
    throw invalidField('waitMs', `must be an integer from 0 to ${waitMsMax}`);
  }
  return value;
}

function checkTextOrNull(value: unknown, field: string, limits: Limits): string | null {
  return value === undefined || value === null ? null : checkText(value, field, 'metadataValueBytesMax', limits);
}
