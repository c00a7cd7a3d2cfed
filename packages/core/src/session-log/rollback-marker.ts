import { invalidField } from '../error-factories.ts';
import { rolledBackMax } from '../turn-index/session-event.ts';

/**
 * The JSON text of the item that hides this many of a thread's last turns, as `listTurns` has them; where there are fewer, all. Throws
 * `invalid_request` for what is no number of turns.
 */
export function rollbackMarker(turns: number): string {
  if (!Number.isInteger(turns) || turns < 1 || turns > rolledBackMax) {
    throw invalidField('turns', `must be an integer from 1 to ${rolledBackMax}`);
  }
  return JSON.stringify({ type: 'event_msg', payload: { type: 'thread_rolled_back', num_turns: turns } });
}
