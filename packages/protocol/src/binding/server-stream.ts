import * as grpc from '@grpc/grpc-js';
import { ReadGate } from './read-gate.ts';

/**
 * The messages of a server-streaming call. The call starts with the first `next()` and is cancelled when the loop is left.
 * Nothing is read ahead of the consumer, apart from what the flow-control window holds.
 */
export type ServerStream<T> = AsyncIterableIterator<T, undefined>;

class GatedCall extends grpc.InterceptingCall {
  readonly #gate: ReadGate;

  constructor(nextCall: ConstructorParameters<typeof grpc.InterceptingCall>[0], gate: ReadGate) {
    super(nextCall);
    this.#gate = gate;
  }

  override startRead(): void {
    this.#gate.pass(() => super.startRead());
  }
}

function gatedBy(gate: ReadGate): grpc.Interceptor {
  return (options, nextCall) => new GatedCall(nextCall(options), gate);
}

/** Makes a stream of a call that `start` begins with the interceptor it is given. */
export function serverStream<T>(
  start: (interceptor: grpc.Interceptor) => grpc.ClientReadableStream<T>,
): ServerStream<T> {
  const gate = new ReadGate();
  let call: grpc.ClientReadableStream<T> | undefined;
  let messages: AsyncIterator<T> | undefined;
  let left = false;
  return {
    async next() {
      if (left) return { done: true, value: undefined };
      if (messages === undefined) {
        call = start(gatedBy(gate));
        // Errors come out of next(). One that comes later, by the cancellation itself, must not end the process.
        call.on('error', () => undefined);
        messages = call[Symbol.asyncIterator]() as AsyncIterator<T>;
      }
      gate.open();
      const result = await messages.next();
      return result.done === true ? { done: true, value: undefined } : result;
    },
    async return() {
      left = true;
      call?.cancel();
      await messages?.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
