import type { ItemFacts, SaidText } from '../turn-index/item-facts.ts';
import { projectTurns } from '../turn-index/project-turns.ts';
import type { TurnRecord, TurnTable } from '../turn-index/turn-record.ts';

/** A stretch of items that a rollback hides. */
export interface HiddenItems {
  readonly from: bigint;
  /** The marker. */
  readonly until: bigint;
}

interface Message {
  readonly ordinal: bigint;
  readonly by: SaidText['by'];
}

interface LateItem {
  readonly ordinal: bigint;
  /** The first ordinal of its turn. */
  readonly turn: bigint;
}

/** The turns and the messages of a thread. All lists are by ordinal, and grow at their ends. */
export class ThreadIndex implements TurnTable {
  readonly turns: TurnRecord[] = [];
  /** Hidden ones too. */
  readonly messages: Message[] = [];
  readonly #late: LateItem[] = [];
  readonly #hidden: HiddenItems[] = [];
  #open: TurnRecord | null = null;

  add(firstOrdinal: bigint, facts: readonly (ItemFacts | null)[]): void {
    const events = facts.map((fact) => fact?.event ?? null);
    this.#open = projectTurns(this.#open, { firstOrdinal, events }, this);
    for (const [index, fact] of facts.entries()) {
      if (fact?.said) this.messages.push({ ordinal: firstOrdinal + BigInt(index), by: fact.said.by });
    }
  }

  find(turnId: string): TurnRecord | undefined {
    return this.turns.findLast((turn) => turn.turnId === turnId);
  }

  put(turn: TurnRecord): void {
    this.turns[this.turnsBefore(turn.firstOrdinal)] = turn;
  }

  addLate(ordinal: bigint, turn: TurnRecord): void {
    this.#late.push({ ordinal, turn: turn.firstOrdinal });
  }

  rollBack(turns: number, marker: bigint): void {
    const [first] = this.turns.splice(Math.max(this.turns.length - turns, 0));
    if (first === undefined) return;
    const from = first.firstOrdinal;
    // A late item stands after its turn: with a turn all its late items are hidden.
    this.#late.splice(countBefore(this.#late, from, (late) => late.ordinal));
    this.#hidden.splice(countBefore(this.#hidden, from, (hidden) => hidden.from));
    this.#hidden.push({ from, until: marker });
  }

  /** How many turns begin before this ordinal. */
  turnsBefore(ordinal: bigint): number {
    return countBefore(this.turns, ordinal, (turn) => turn.firstOrdinal);
  }

  /** What hides this item. */
  hiding(ordinal: bigint): HiddenItems | undefined {
    const hidden = this.#hidden[countBefore(this.#hidden, ordinal + 1n, ({ from }) => from) - 1];
    return hidden !== undefined && ordinal < hidden.until ? hidden : undefined;
  }

  /** The turn of a visible item. */
  turnOfItem(ordinal: bigint): TurnRecord | undefined {
    const late = this.#late[countBefore(this.#late, ordinal, (item) => item.ordinal)];
    const first = late?.ordinal === ordinal ? late.turn : ordinal;
    const turn = this.turns[this.turnsBefore(first + 1n) - 1];
    return turn !== undefined && first < endOf(turn, first + 1n) ? turn : undefined;
  }

  /** The ordinals of the items of a turn, in order; `length` is that of the thread. */
  itemsOfTurn(turn: TurnRecord, length: bigint): bigint[] {
    const ordinals: bigint[] = [];
    for (let ordinal = turn.firstOrdinal; ordinal < endOf(turn, length); ordinal += 1n) {
      if (this.turnOfItem(ordinal) === turn) ordinals.push(ordinal);
    }
    for (const late of this.#late) if (late.turn === turn.firstOrdinal) ordinals.push(late.ordinal);
    return ordinals;
  }
}

function endOf(turn: TurnRecord, openEnd: bigint): bigint {
  return turn.endOrdinal ?? openEnd;
}

/** How many entries of a list in order come before an ordinal. */
function countBefore<T>(list: readonly T[], ordinal: bigint, place: (entry: T) => bigint): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = list[middle];
    if (entry !== undefined && place(entry) < ordinal) low = middle + 1;
    else high = middle;
  }
  return low;
}
