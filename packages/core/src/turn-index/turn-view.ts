import type { PlacedItem, Turn, TurnItemsView } from '../turns.ts';
import type { TurnRecord } from './turn-record.ts';

/** The ordinals of the items of the view `summary`, in order. */
export function summaryOrdinals(turn: TurnRecord): readonly bigint[] {
  const { userOrdinal: user } = turn;
  const hasEnded = turn.endOrdinal !== null || turn.status !== 'inProgress';
  const answer = turn.finalOrdinal ?? (hasEnded ? turn.unmarkedOrdinal : null);
  if (user === null) return answer === null ? [] : [answer];
  if (answer === null) return [user];
  return user < answer ? [user, answer] : [answer, user];
}

/** The turn as callers see it, with the items of the view. */
export function turnOf(turn: TurnRecord, itemsView: TurnItemsView, items: readonly PlacedItem[]): Turn {
  const { turnId, firstOrdinal, status, error, durationMs } = turn;
  return {
    turnId,
    firstOrdinal,
    status,
    error: error && { ...error },
    startedAt: dateOrNull(turn.startedAt),
    completedAt: dateOrNull(turn.completedAt),
    durationMs,
    itemsView,
    items,
  };
}

function dateOrNull(time: number | null): Date | null {
  return time === null ? null : new Date(time);
}
