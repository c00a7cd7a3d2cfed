import type * as grpc from '@grpc/grpc-js';
import { decoded } from './codec.ts';
import { ReadGate } from './read-gate.ts';

type Result = IteratorResult<unknown, undefined>;
const done: Result = { done: true, value: undefined };

interface Waiting {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The messages that come over a server's duplex call, each read when it is asked for. They end when the caller has sent its last
 * one, and also when it has gone, which `signal` may tell a moment later: a caller of grpc-js that breaks a call off sends an end
 * first. Leaving a loop over them reads no more, and leaves the call open.
 */
export function receivedMessages(
  call: grpc.ServerDuplexStream<unknown, unknown>,
  signal: AbortSignal,
): AsyncIterableIterator<unknown, undefined> {
  const gate = new ReadGate();
  const read = call._read.bind(call);
  // What grpc-js' own stream would do whenever it has room for sixteen messages.
  call._read = (size) => gate.pass(() => read(size));
  let waiting: Waiting | undefined;
  let ended = false;
  const settle = (settleWith: (one: Waiting) => void): void => {
    const one = waiting;
    waiting = undefined;
    if (one !== undefined) settleWith(one);
  };
  const end = (): void => {
    ended = true;
    settle(({ resolve }) => resolve(done));
  };
  call.once('end', end);
  signal.addEventListener('abort', end, { once: true });
  call.on('data', (message: unknown) => {
    settle(({ resolve, reject }) => {
      try {
        resolve({ done: false, value: decoded(message) });
      } catch (error) {
        reject(error);
      }
    });
  });
  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (ended) {
          resolve(done);
          return;
        }
        waiting = { resolve, reject };
        gate.open();
      }),
    return() {
      ended = true;
      return Promise.resolve(done);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
