import * as grpc from '@grpc/grpc-js';
import type { ThreadStoreError } from '@threadstore/core';
import type { Duplex, DuplexHandlers, ThreadStoreCallers } from '@threadstore/protocol';
import type { Credentials } from '../credentials.ts';

type Open = ThreadStoreCallers['appendStream'];
export type StreamAnswer = Parameters<Parameters<Open>[0]['onMessage']>[0];
export type StreamMessage = Parameters<ReturnType<Open>['write']>[0];
/** `null`: the service ended the stream with OK. A `ThreadStoreError`: it was never opened. */
export type StreamEnd = grpc.ServiceError | ThreadStoreError | null;

export interface StreamHandlers extends DuplexHandlers<StreamAnswer> {
  onEnd(end: StreamEnd): void;
  /**
   * There is a connection. What is written before could be lost without anybody being able to say that it was never sent. Not told once
   * `isWanted` is false.
   */
  onConnected(): void;
  isWanted(): boolean;
}

/** How a stream is made. */
export interface StreamSource {
  readonly open: (handlers: StreamHandlers) => Duplex<StreamMessage>;
  /** After the stream that was opened last was refused for its credentials: whether the next one would have others. */
  readonly hasOthers: () => Promise<boolean>;
}

interface Origin {
  readonly open: Open;
  readonly channel: grpc.ChannelInterface;
  readonly credentials: Credentials;
}

/** Streams of a service, each with the credentials that hold when it is opened. */
export function streamSource({ open, channel, credentials }: Origin): StreamSource {
  let last = new grpc.Metadata();
  let next: grpc.Metadata | undefined;
  const openWith = (metadata: grpc.Metadata, handlers: StreamHandlers): Duplex<StreamMessage> => {
    last = metadata;
    const call = open(handlers, { metadata });
    whenConnected(channel, handlers);
    return call;
  };
  return {
    open: (handlers) => {
      const headers = next ?? credentials.headers();
      next = undefined;
      return headers instanceof grpc.Metadata
        ? openWith(headers, handlers)
        : openLater(headers, (metadata) => openWith(metadata, handlers), handlers);
    },
    hasOthers: async () => {
      next = await credentials.others(last).catch(() => undefined);
      return next !== undefined;
    },
  };
}

/** A stream that is opened once its headers are there. Nothing is written before, for it has no connection until then. */
function openLater(
  headers: Promise<grpc.Metadata>,
  open: (metadata: grpc.Metadata) => Duplex<StreamMessage>,
  handlers: StreamHandlers,
): Duplex<StreamMessage> {
  let call: Duplex<StreamMessage> | undefined;
  let isOver = false;
  const end = (how: StreamEnd): void => {
    if (isOver) return;
    isOver = true;
    handlers.onEnd(how);
  };
  headers.then(
    (metadata) => {
      if (!isOver) call = open(metadata);
    },
    (error: unknown) => end(error as ThreadStoreError),
  );
  return {
    write: (message) => call?.write(message) ?? false,
    end: () => (call === undefined ? end(null) : call.end()),
    cancel: () => (call === undefined ? end(null) : call.cancel()),
  };
}

function whenConnected(channel: grpc.ChannelInterface, handlers: StreamHandlers): void {
  const state = channel.getConnectivityState(true);
  if (state === grpc.connectivityState.READY) handlers.onConnected();
  else if (state !== grpc.connectivityState.SHUTDOWN) {
    channel.watchConnectivityState(state, Infinity, () => {
      if (handlers.isWanted()) whenConnected(channel, handlers);
    });
  }
}
