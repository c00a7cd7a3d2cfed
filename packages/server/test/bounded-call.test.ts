import { PassThrough } from 'node:stream';
import type * as grpc from '@grpc/grpc-js';
import { frame } from '@threadstore/testkit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { anyone } from '../src/auth/principal.ts';
import { Admission } from '../src/limits/admission.ts';
import { BoundedCall } from '../src/rpc/bounded-call.ts';
import type { Arrival } from '../src/rpc/gate.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A stream of appends, as grpc-js has it. */
function appendStream() {
  const stream = Object.assign(new PassThrough(), { close: vi.fn<(code: number) => void>() });
  stream.on('data', () => undefined).on('end', () => undefined);
  const over: (() => void)[] = [];
  const arrival = {
    kind: 'append',
    record: { isOwn: true, principal: anyone },
    onEnd: (callback: () => void) => over.push(callback),
    refuse: vi.fn<Arrival['refuse']>(),
  };
  // Its other side takes nothing.
  const underlying = { stream, sendMetadata: () => undefined, sendMessage: () => undefined };
  const call = new BoundedCall(
    underlying as unknown as grpc.ServerInterceptingCallInterface,
    {},
    { admission: new Admission(), messageBytesMax: 1_000 },
  );
  call.begin(arrival as unknown as Arrival);
  stream.resume();
  return { stream, call, arrival, end: () => over.splice(0).forEach((callback) => callback()) };
}

const header = frame(Buffer.alloc(100)).subarray(0, 10);

test('a message that does not come ends its stream', async () => {
  const { stream, arrival } = appendStream();
  stream.write(header);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(arrival.refuse).toHaveBeenCalledWith(expect.objectContaining({ reason: 'DEADLINE_EXCEEDED' }));
  expect(stream.close).toHaveBeenCalled();
});

test('nor does one whose reader takes nothing go on', async () => {
  const { call, arrival } = appendStream();
  call.sendMessage('answer', () => undefined);
  await vi.advanceTimersByTimeAsync(90_000);
  expect(arrival.refuse).toHaveBeenCalledWith(expect.objectContaining({ reason: 'DEADLINE_EXCEEDED' }));
});

test('a message that comes after the end is not waited for', async () => {
  const { stream, end } = appendStream();
  end();
  stream.write(header);
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('nor is a reader of what is sent after it', async () => {
  const { call, end } = appendStream();
  end();
  call.sendMessage('late', () => undefined);
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});
