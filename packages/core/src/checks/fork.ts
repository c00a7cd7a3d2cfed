import type { ForkPoint, ForkThreadParams } from '../fork.ts';
import { defaultHolder } from '../holder.ts';
import type { Limits } from '../limits.ts';
import type { ThreadId } from '../thread.ts';
import { turnIdText } from '../turn-index/event-fields.ts';
import { checkBigInteger, checkCount } from './integer.ts';
import { asParams, checkFlag, soleMember, type MemberOf } from './params.ts';
import { checkText } from './text.ts';
import { checkThreadId } from './thread-id.ts';
import { checkNewThread, type CheckedCreate } from './writer.ts';

export interface CheckedFork {
  readonly source: { readonly threadId: ThreadId; readonly includeArchived: boolean };
  /** `null`: all items. */
  readonly at: ForkPoint | null;
  /** The new thread, its source as `forkedFromId`. */
  readonly create: CheckedCreate;
}

export function checkForkThread(
  params: ForkThreadParams,
  limits: Limits,
  holder: string = defaultHolder(),
): CheckedFork {
  const given = asParams(params);
  const threadId = checkThreadId(given.sourceThreadId, 'sourceThreadId');
  return {
    source: { threadId, includeArchived: checkFlag(given.includeArchived, 'includeArchived') },
    at: checkPoint(given.at, limits),
    create: checkNewThread({ ...given, forkedFromId: threadId }, { operation: 'fork_thread', limits, holder }),
  };
}

const checkTurnId = (value: unknown, field: string, limits: Limits): string =>
  turnIdText(checkText(value, field, 'metadataValueBytesMax', limits));

const members: Readonly<Record<MemberOf<ForkPoint>, (value: unknown, field: string, limits: Limits) => ForkPoint>> = {
  beforeOrdinal: (value, field) => ({ beforeOrdinal: checkBigInteger(value, field) }),
  beforeTurn: (value, field, limits) => ({ beforeTurn: checkTurnId(value, field, limits) }),
  throughTurn: (value, field, limits) => ({ throughTurn: checkTurnId(value, field, limits) }),
  beforeUserMessage: (value, field) => ({ beforeUserMessage: checkCount(value, field) }),
};

function checkPoint(value: unknown, limits: Limits): ForkPoint | null {
  if (value === undefined) return null;
  const [member, check] = soleMember(value, 'at', members);
  return check(member.value, member.field, limits);
}
