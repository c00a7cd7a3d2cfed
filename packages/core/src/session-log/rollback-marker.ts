/** The JSON text of the item that hides this many of a thread's last turns, as `listTurns` has them. */
export function rollbackMarker(turns: number): string {
  return JSON.stringify({ type: 'event_msg', payload: { type: 'thread_rolled_back', num_turns: turns } });
}
