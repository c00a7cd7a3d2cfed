import type { Fields } from '../turn-index/event-fields.ts';
import { projectTurns } from '../turn-index/project-turns.ts';
import type { TurnEvent } from '../turn-index/turn-event.ts';
import type { TurnRecord } from '../turn-index/turn-record.ts';
import { UserMessages } from './user-messages.ts';
import { VisibleTurns } from './visible-turns.ts';

/** A turn that was opened and has not come to an end. */
export interface ActiveTurn {
  /** Where what belongs to it begins: of the event that opened it, else of the last user message. */
  readonly opensAt: bigint;
  /** `null` if nothing but that message tells of it. */
  readonly turn: TurnRecord | null;
}

/**
 * The turns and user messages of a thread, read item by item, and whether its last turn is under way. Keeps a record of each turn and the
 * ordinal of each user message that are visible: a rollback may reach back to any of them.
 */
export class TurnReading {
  readonly #table = new VisibleTurns();
  readonly #messages = new UserMessages();
  #open: TurnRecord | null = null;
  /** Of the last event that ends a turn, whichever. */
  #lastEnd = -1n;

  /** `event` is what the item means to turns. Returns from which ordinal on the item hides what was before it. */
  take(ordinal: bigint, item: Fields, event: TurnEvent | null): bigint | null {
    const hiddenFrom = event?.kind === 'rolledBack' ? this.#hiddenBy(event.turns) : null;
    this.#messages.take(ordinal, item, event);
    if (event === null) return null;
    this.#open = projectTurns(this.#open, { firstOrdinal: ordinal, events: [event] }, this.#table);
    if (event.kind === 'completed' || event.kind === 'aborted') this.#lastEnd = ordinal;
    return hiddenFrom;
  }

  /** The visible turns in order, with the one that is open. */
  get turns(): readonly TurnRecord[] {
    return this.#table.all;
  }

  get open(): TurnRecord | null {
    return this.#open;
  }

  /** The ordinals of the visible user messages, in order. */
  get userMessages(): readonly bigint[] {
    return this.#messages.ordinals;
  }

  /**
   * The turn that is under way: the open one that an event opened, if nothing was said of its end; without such a turn, what the last user
   * message began, if no turn ended after it.
   */
  active(): ActiveTurn | null {
    const turn = this.#open;
    if (turn?.explicit) return turn.status === 'inProgress' ? { opensAt: turn.firstOrdinal, turn } : null;
    const opensAt = this.#messages.inputs.at(-1);
    return opensAt === undefined || opensAt < this.#lastEnd ? null : { opensAt, turn };
  }

  /** Items are hidden with their turns; where there are none, with the messages that are taken back. */
  #hiddenBy(count: number): bigint | null {
    if (count === 0) return null;
    const { turns, userMessages } = this;
    if (turns.length > 0) return turns[Math.max(turns.length - count, 0)]?.firstOrdinal ?? null;
    return userMessages[Math.max(userMessages.length - count, 0)] ?? null;
  }
}
