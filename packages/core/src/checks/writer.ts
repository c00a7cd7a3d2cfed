import { invalidField, unsupportedOperation } from '../error-factories.ts';
import { defaultHolder } from '../holder.ts';
import type { Limits } from '../limits.ts';
import type { ThreadId } from '../thread.ts';
import type { CreateThreadParams, ResumeThreadParams, Takeover, WriterRef } from '../writer.ts';
import { checkBigInteger } from './integer.ts';
import { asParams, checkFlag } from './params.ts';
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
  const given = asParams(params);
  return {
    threadId: checkThreadId(given.threadId),
    holder: checkHolder(given.holder, holder, limits),
    forkedFromId: checkThreadIdOrNull(given.forkedFromId, 'forkedFromId'),
    parentThreadId: checkThreadIdOrNull(given.parentThreadId, 'parentThreadId'),
    sessionId: checkTextOrNull(given.sessionId, 'sessionId', limits),
    originator: checkTextOrNull(given.originator, 'originator', limits),
    metadata: checkPatch(given.metadata ?? {}, { field: 'metadata', operation: 'create_thread' }, limits),
  };
}

export interface CheckedResume {
  readonly threadId: ThreadId;
  readonly holder: string;
  readonly takeover: Takeover;
  readonly includeArchived: boolean;
}

export function checkResumeThread(
  params: ResumeThreadParams,
  limits: Limits,
  holder: string = defaultHolder(),
): CheckedResume {
  const given = asParams(params);
  if (given.rolloutPath !== undefined) throw unsupportedOperation('resume_thread.rollout_path');
  return {
    threadId: checkThreadId(given.threadId),
    holder: checkHolder(given.holder, holder, limits),
    takeover: checkTakeover(given.takeover),
    includeArchived: checkFlag(given.includeArchived, 'includeArchived'),
  };
}

/** For `persistThread`, `flushThread`, `shutdownThread` and `discardThread`. */
export function checkWriterRef(params: WriterRef): WriterRef {
  const given = asParams(params);
  return { threadId: checkThreadId(given.threadId), epoch: checkBigInteger(given.epoch, 'epoch') };
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
  if (value !== 'fail' && value !== 'steal') throw invalidField('takeover', 'must be "fail" or "steal"');
  return value;
}

function checkTextOrNull(value: unknown, field: string, limits: Limits): string | null {
  return value === undefined || value === null ? null : checkText(value, field, 'metadataValueBytesMax', limits);
}
