/** Bytes of an item in all workloads. */
export const itemBytes = 800;

const words =
  'the agent reads a file, runs the tests, and says in a few words what it found and what it means to change next. ';

/** An item as agents write them, a message of an assistant: JSON text of `itemBytes` bytes. */
export const item: string = (() => {
  const withText = (text: string): string =>
    JSON.stringify({
      timestamp: '2026-01-01T12:00:00.000Z',
      type: 'response_item',
      payload: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] },
    });
  const frame = withText('\n').length;
  const half = (itemBytes - frame) / 2;
  const text = words.repeat(Math.ceil(itemBytes / words.length));
  return withText(`${text.slice(0, Math.ceil(half))}\n${text.slice(0, Math.floor(half))}`);
})();

/** This many items. */
export function items(count: number): readonly string[] {
  return Array.from({ length: count }, () => item);
}
