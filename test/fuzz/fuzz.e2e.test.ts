import { expect, test } from 'vitest';
import { makeReport } from './report.ts';

// As many as a busy machine makes in time.
test('calls that no client makes: answered in time and by name, the process lives, the log shows none of it', async () => {
  const { text, passed } = await makeReport({ seed: 1, calls: 2_000, seconds: 600 });
  expect(text).toMatch(/^verdict +passed$/m);
  expect(passed).toBe(true);
  expect(text).toMatch(/^calls +2000 /m);
  for (const name of ['INVALID_FIELD', 'THREAD_NOT_FOUND', 'RESOURCE_EXHAUSTED', 'UNIMPLEMENTED', 'HTTP 415', 'noise'])
    expect(text).toContain(name);
}, 180_000);
