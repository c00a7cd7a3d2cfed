/** The JSON text of a small item, different for each `n`. */
export function item(n: number | string): string {
  return JSON.stringify({ type: 'event_msg', payload: { type: 'agent_message', message: `message ${n}` } });
}

/** The texts of `count` small items, numbered from `from`. */
export function items(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => item(from + index));
}

/** An item of exactly `bytes` bytes, all of them ASCII. */
export function itemOfBytes(bytes: number): string {
  const frame = '{"type":"big","text":""}';
  return frame.replace('""', `"${'x'.repeat(bytes - frame.length)}"`);
}

/** An item nested to `depth`, 2 or more: its own object is depth 1. */
export function itemOfDepth(depth: number): string {
  return `{"type":"deep","in":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
}
