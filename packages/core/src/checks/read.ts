import type { LoadHistoryParams, ReadThreadParams, StreamHistoryParams } from '../history.ts';
import type { ThreadId } from '../thread.ts';
import { checkBigInteger } from './integer.ts';
import { asParams, checkFlag } from './params.ts';
import { checkThreadId } from './thread-id.ts';

export interface CheckedLoad {
  readonly threadId: ThreadId;
  readonly includeArchived: boolean;
}

export function checkLoadHistory(params: LoadHistoryParams): CheckedLoad {
  const given = asParams(params);
  return {
    threadId: checkThreadId(given.threadId),
    includeArchived: checkFlag(given.includeArchived, 'includeArchived'),
  };
}

export interface CheckedStream extends CheckedLoad {
  readonly fromOrdinal: bigint;
  /** `null`: the end when the first batch is asked for. */
  readonly untilOrdinal: bigint | null;
}

export function checkStreamHistory(params: StreamHistoryParams): CheckedStream {
  const given = asParams(params);
  return {
    ...checkLoadHistory(params),
    fromOrdinal: given.fromOrdinal === undefined ? 0n : checkBigInteger(given.fromOrdinal, 'fromOrdinal'),
    untilOrdinal: given.untilOrdinal === undefined ? null : checkBigInteger(given.untilOrdinal, 'untilOrdinal'),
  };
}

export interface CheckedRead extends CheckedLoad {
  readonly includeHistory: boolean;
}

export function checkReadThread(params: ReadThreadParams): CheckedRead {
  return { ...checkLoadHistory(params), includeHistory: checkFlag(asParams(params).includeHistory, 'includeHistory') };
}
