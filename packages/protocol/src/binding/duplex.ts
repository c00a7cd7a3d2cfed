import type * as grpc from '@grpc/grpc-js';

/** Who is told what becomes of a duplex call. None of them may throw. */
export interface DuplexHandlers<Response> {
  /** In the order in which they were sent. */
  onMessage(message: Response): void;
  /** The transport takes messages again, after a `write` that returned false. */
  onDrain(): void;
  /** Exactly once, after the last message: `null` when the service ended the call with OK. */
  onEnd(error: grpc.ServiceError | null): void;
}

/** A call that both sides send messages on. */
export interface Duplex<Request> {
  /**
   * Sends a message. False when the transport is full: what is written before `onDrain` is kept in memory. What is written after
   * the end of the call is lost.
   */
  write(message: Request): boolean;
  /** Sends no more. The service goes on sending until it ends the call. */
  end(): void;
  /** Breaks the call off; `onEnd` then gets CANCELLED, unless the call had ended before. */
  cancel(): void;
}

/** One message on its way to the socket and one behind it: the transport never idles, and no more than that is kept. */
const unsentMax = 2;

/** The plain form of a grpc-js stream: its errors, its status and its end told as one thing. */
export function duplex<Request, Response>(
  call: grpc.ClientDuplexStream<Request, Response>,
  handlers: DuplexHandlers<Response>,
): Duplex<Request> {
  let unsent = 0;
  let error: grpc.ServiceError | null = null;
  let hasStatus = false;
  let hasAll = false;
  let ended = false;
  const end = (): void => {
    if (!hasStatus || !hasAll) return;
    ended = true;
    handlers.onEnd(error);
  };
  const onSent = (): void => {
    unsent -= 1;
    if (unsent === unsentMax - 1 && !ended) handlers.onDrain();
  };
  call.on('data', (message: Response) => handlers.onMessage(message));
  call.on('error', (failure: grpc.ServiceError) => {
    error ??= failure;
  });
  call.once('status', () => {
    hasStatus = true;
    end();
  });
  // Messages that came before the status may still be in the stream.
  call.once('end', () => {
    hasAll = true;
    end();
  });
  return {
    write(message) {
      if (hasStatus) return false;
      unsent += 1;
      call.write(message, onSent);
      return unsent < unsentMax;
    },
    end: () => void call.end(),
    cancel: () => call.cancel(),
  };
}
