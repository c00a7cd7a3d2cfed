import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 10;
const boundMs = 15_000;

/** Asks until the answer is there (not `undefined`), and fails when that takes too long. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + boundMs;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await delay(pollMs);
  }
  assert.fail(`${what}: not within ${boundMs} ms`);
}

/** The call's own outcome; fails when there is none in time. */
export async function withinBound<T>(what: string, call: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(boundMs, undefined, { signal: timer.signal }).then(() =>
    assert.fail(`${what}: not within ${boundMs} ms`),
  );
  try {
    return await Promise.race([call, late]);
  } finally {
    timer.abort();
    await late.catch(() => undefined);
  }
}
