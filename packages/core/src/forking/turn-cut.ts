import { invalidField } from '../error-factories.ts';
import type { TurnRecord } from '../turn-index/turn-record.ts';

/** Where a fork ends that ends at a turn. */
export type TurnPoint = { readonly beforeTurn: string } | { readonly throughTurn: string };

export function turnIdOf(at: TurnPoint): string {
  return 'beforeTurn' in at ? at.beforeTurn : at.throughTurn;
}

/** The first ordinal that a fork does not get, `end` being that of the thread. `turn` is the latest with the id, undefined if there is none. */
export function turnCut(at: TurnPoint, turn: TurnRecord | undefined, end: bigint): bigint {
  const field = 'beforeTurn' in at ? 'at.beforeTurn' : 'at.throughTurn';
  if (turn === undefined) throw invalidField(field, 'the thread shows no turn with this id');
  if ('beforeTurn' in at) return turn.firstOrdinal;
  if (turn.endOrdinal === null && turn.status === 'inProgress') throw invalidField(field, 'the turn is in progress');
  return turn.endOrdinal ?? end;
}
