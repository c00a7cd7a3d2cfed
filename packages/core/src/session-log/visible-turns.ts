import type { TurnRecord, TurnTable } from '../turn-index/turn-record.ts';

/** The turns of a thread that no rollback hides, the open one included, without the texts of their errors. */
export class VisibleTurns implements TurnTable {
  readonly #turns: TurnRecord[] = [];

  get all(): readonly TurnRecord[] {
    return this.#turns;
  }

  find(turnId: string): TurnRecord | undefined {
    return this.#turns.findLast((turn) => turn.turnId === turnId);
  }

  put(turn: TurnRecord): void {
    const known = this.#turns.findLastIndex(({ firstOrdinal }) => firstOrdinal <= turn.firstOrdinal);
    const isKnown = this.#turns[known]?.firstOrdinal === turn.firstOrdinal;
    this.#turns.splice(isKnown ? known : known + 1, isKnown ? 1 : 0, { ...turn, error: null });
  }

  /** Which turn an item belongs to makes no difference here. */
  addLate(): void {}

  rollBack(turns: number): void {
    this.#turns.length = Math.max(this.#turns.length - turns, 0);
  }
}
