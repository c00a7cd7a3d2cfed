import { describe, expect, test } from 'vitest';
import { CallsAtOnce } from '../src/calls-at-once.ts';
import { read } from '../src/calls.ts';
import type { Patience } from '../src/in-time.ts';
import { rejection } from './thread-data.ts';

function patience(deadlineMs = 60_000, signal?: AbortSignal): Patience {
  return { operation: read('read_thread'), deadline: new Date(Date.now() + deadlineMs), signal };
}

/** Work that goes on until it is told to end. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { work: () => promise, end: resolve };
}

describe('calls beyond the number', () => {
  test('wait, and have their turn in order', async () => {
    const atOnce = new CallsAtOnce(1);
    const first = held();
    const begun: string[] = [];
    const calls = [
      atOnce.run(patience(), first.work),
      ...['b', 'c'].map((name) => atOnce.run(patience(), async () => void begun.push(name))),
    ];
    expect(begun).toEqual([]);
    first.end();
    await Promise.all(calls);
    expect(begun).toEqual(['b', 'c']);
  });

  test('that give up have had no effect, and leave their place in line', async () => {
    const atOnce = new CallsAtOnce(1);
    const first = held();
    const under = atOnce.run(patience(), first.work);
    const never = (): Promise<never> => Promise.reject(new Error('it was sent'));
    const late = rejection(atOnce.run(patience(0), never));
    const abort = new AbortController();
    const aborted = rejection(atOnce.run(patience(60_000, abort.signal), never));
    abort.abort();
    expect(await late).toMatchObject({ reason: 'DEADLINE_EXCEEDED', effect: 'none' });
    expect(await aborted).toMatchObject({ reason: 'CANCELLED', effect: 'none' });
    first.end();
    await under;
    expect(await atOnce.run(patience(), async () => 'in')).toBe('in');
  });

  test('work that fails leaves its place', async () => {
    const atOnce = new CallsAtOnce(1);
    await expect(atOnce.run(patience(), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await atOnce.run(patience(), async () => 'in')).toBe('in');
  });
});
