import { isFields, type Fields } from '../turn-index/event-fields.ts';
import type { TurnEvent } from '../turn-index/turn-event.ts';
import { isUserInput } from './user-input.ts';

/**
 * Where a thread's user messages are: the ordinals of the `response_item`s that are user input. A `thread_rolled_back` takes away that
 * many of the last ones.
 *
 * A thread whose writer keeps no response items has the events that show a user message (`user_message`, or `item_completed` of one)
 * in their place. Once a thread had a single response item of user input, rolled back or not, its events count no more.
 */
export class UserMessages {
  readonly #inputs: bigint[] = [];
  readonly #events: bigint[] = [];
  #hasInputs = false;

  /** `event` is what the item means to turns. */
  take(ordinal: bigint, { type, payload }: Fields, event: TurnEvent | null): void {
    if (type === 'response_item' && isFields(payload) && isUserInput(payload)) {
      this.#hasInputs = true;
      this.#inputs.push(ordinal);
    }
    if (event?.kind === 'userMessage' && !this.#hasInputs) this.#events.push(ordinal);
    if (event?.kind !== 'rolledBack') return;
    for (const list of [this.#inputs, this.#events]) list.length = Math.max(list.length - event.turns, 0);
  }

  /** Of the response items alone, in order: only these tell that a turn is under way when no event does. */
  get inputs(): readonly bigint[] {
    return this.#inputs;
  }

  /** The ordinals of those that are left, in order. */
  get ordinals(): readonly bigint[] {
    return this.#hasInputs ? this.#inputs : this.#events;
  }
}
