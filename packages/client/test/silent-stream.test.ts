import type { AppendResult } from '@threadstore/core';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { AppendStream } from '../src/append-stream/append-stream.ts';
import type { StreamSource } from '../src/append-stream/stream-source.ts';
import { rejection } from './thread-data.ts';

const deadlineMs = 1_000;
const MiB = 1_024 * 1_024;

interface Stream {
  written: number;
  isCancelled: boolean;
  answer(number: number): void;
}

/** Appends on streams that say nothing by themselves, and a clock that stands still by itself. */
function quiet() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const streams: Stream[] = [];
  const source: StreamSource = {
    open: (handlers) => {
      const stream: Stream = {
        written: 0,
        isCancelled: false,
        answer: (number) => {
          const stored = { firstOrdinal: 0n, lastOrdinal: 0n, duplicate: false };
          const outcome = { case: 'stored', value: stored } as const;
          handlers.onMessage({ appends: [{ number: BigInt(number), outcome }], renewals: [] } as unknown as Parameters<
            typeof handlers.onMessage
          >[0]);
        },
      };
      streams.push(stream);
      handlers.onConnected();
      return {
        write: () => {
          stream.written += 1;
          return true;
        },
        end: () => undefined,
        cancel: () => {
          stream.isCancelled = true;
        },
      };
    },
    hasOthers: () => Promise.resolve(false),
  };
  const appends = new AppendStream({ source, deadlineMs, leases: undefined });
  const send = (threadId: string, bytes = 10, signal?: AbortSignal): Promise<AppendResult> =>
    appends.send(appends.append({ threadId, writer: undefined, encoded: Buffer.alloc(bytes) }, signal));
  return { appends, streams, send };
}

/** Until all that runs now has run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function pass(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await settle();
}

describe('a stream that says nothing while something on it is unanswered', () => {
  test('is given up when the time of an append on it is over', async () => {
    const { streams, send } = quiet();
    const first = rejection(send('a'));
    await pass(deadlineMs / 4);
    const second = send('b');
    await pass((deadlineMs * 3) / 4);
    expect(await first).toMatchObject({ reason: 'DEADLINE_EXCEEDED', effect: 'unknown' });
    expect(streams.map(({ isCancelled }) => isCancelled)).toEqual([true]);
    await pass(200);
    expect(streams).toHaveLength(2);
    streams[1]?.answer(0);
    expect(await second).toMatchObject({ firstOrdinal: 0n });
  });

  test('is given up, too, when all that was sent is abandoned, and what comes later has no room', async () => {
    const { streams, send } = quiet();
    const controller = new AbortController();
    const abandoned = rejection(send('a', 8 * MiB, controller.signal));
    await settle();
    controller.abort();
    expect(await abandoned).toMatchObject({ reason: 'CANCELLED', effect: 'unknown' });
    const late = rejection(send('b'));
    await pass(deadlineMs);
    expect(await late).toMatchObject({ reason: 'DEADLINE_EXCEEDED', effect: 'none' });
    const after = send('c');
    await pass(200);
    streams[1]?.answer(0);
    expect(await after).toMatchObject({ firstOrdinal: 0n });
  });

  test('is not given up for an append that was sent a moment before its time was over', async () => {
    const { appends, streams, send } = quiet();
    const waiting = appends.append({ threadId: 'a', writer: undefined, encoded: Buffer.alloc(10) });
    await pass(deadlineMs - 10);
    const late = rejection(appends.send(waiting));
    const other = send('b');
    await settle();
    await pass(10);
    expect(await late).toMatchObject({ reason: 'DEADLINE_EXCEEDED', effect: 'unknown' });
    expect(streams.map(({ isCancelled }) => isCancelled)).toEqual([false]);
    streams[0]?.answer(1);
    expect(await other).toMatchObject({ firstOrdinal: 0n });
  });
});
