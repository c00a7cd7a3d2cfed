import { expect, test } from 'vitest';
import { waitFor } from '../src/wait-for.ts';

test('resolves with what the condition gives once it is true', async () => {
  let asked = 0;
  expect(await waitFor(() => (++asked < 3 ? undefined : { asked }))).toEqual({ asked: 3 });
});

test('takes zero and the empty string for answers', async () => {
  expect(await waitFor(() => 0)).toBe(0);
  expect(await waitFor(async () => '')).toBe('');
});

test('takes a throw for not yet', async () => {
  let asked = 0;
  const answer = waitFor(async () => {
    if (++asked < 3) throw new Error('not up');
    return 'up';
  });
  expect(await answer).toBe('up');
});

test('rejects after the timeout with what was thrown last', async () => {
  const failure = waitFor(
    () => {
      throw new Error('refused');
    },
    { timeoutMs: 20, what: 'a server' },
  );
  await expect(failure).rejects.toThrow('waited 20 ms for a server');
  const error: unknown = await failure.catch((reason: unknown) => reason);
  expect(error instanceof Error && String(error.cause)).toBe('Error: refused');
});

test('rejects after the timeout even if the condition never answers', async () => {
  const silence = new Promise<true>(() => undefined);
  await expect(waitFor(async () => silence, { timeoutMs: 20 })).rejects.toThrow('waited 20 ms for a condition');
});
