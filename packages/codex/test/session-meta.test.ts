import { expect, test } from 'vitest';
import { jsonText, sessionMetadata } from '../src/session-meta.ts';

test('JSON is taken as it came, and what is none is refused without quoting it', () => {
  const text = '{"text" : "\\u0000", "n": 1.50}';
  expect(jsonText(Buffer.from(text), 'x')).toBe(text);
  expect(jsonText(Buffer.alloc(0), 'x')).toBeNull();
  expect(() => jsonText(Buffer.from('{"secret'), 'base_instructions_json')).toThrow(
    'base_instructions_json: must be JSON',
  );
});

test('what a release does not say, or says otherwise, has a default', () => {
  const none = { cwd: null, modelProvider: null, memoryMode: 'enabled' };
  for (const text of ['', 'null', '{}', '[]', '{"cwd":7,"model_provider":null,"memory_mode":"polluted"}']) {
    expect(sessionMetadata(Buffer.from(text))).toEqual(none);
  }
  const said = '{"cwd":"/w","model_provider":"p","memory_mode":"disabled"}';
  expect(sessionMetadata(Buffer.from(said))).toEqual({ cwd: '/w', modelProvider: 'p', memoryMode: 'disabled' });
});
