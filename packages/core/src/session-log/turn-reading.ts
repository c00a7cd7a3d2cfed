import type { Fields } from '../turn-index/event-fields.ts';
import { projectTurns } from '../turn-index/project-turns.ts';
import type { TurnEvent } from '../turn-index/turn-event.ts';
import type { TurnRecord } from '../turn-index/turn-record.ts';
import { UserMessages } from './user-messages.ts';
import { VisibleTurns } from './visible-turns.ts';

/** A turn that was opened and has not come to an end. */
export interface ActiveTurn {
  /** The turn, unless nothing but a message tells of it. */
  readonly turn: TurnRecord | null;
  /** Of the user message that nothing has ended yet, where no event opened the turn. */
  readonly userMessage: bigint | null;
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

  /** `event` is what the item means to turns. */
  take(ordinal: bigint, item: Fields, event: TurnEvent | null): void {
    this.#messages.take(ordinal, item, event);
    if (event === null) return;
    this.#open = projectTurns(this.#open, { firstOrdinal: ordinal, events: [event] }, this.#table);
    if (event.kind === 'completed' || event.kind === 'aborted') this.#lastEnd = ordinal;
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
    if (this.#open?.explicit)
      return this.#open.status === 'inProgress' ? { turn: this.#open, userMessage: null } : null;
    const userMessage = this.userMessages.at(-1);
    return userMessage === undefined || userMessage < this.#lastEnd ? null : { turn: this.#open, userMessage };
  }
}
