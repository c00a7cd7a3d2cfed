import type { EventEmitter } from 'node:events';
import type { DescService } from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import * as grpc from '@grpc/grpc-js';
import { toStatus } from '../errors/to-status.ts';
import { decoded, measured, serializer, tolerantDeserializer, transientSerializer } from './codec.ts';
import { isDeadlineOver } from './deadline.ts';
import type { Method, Received, Sent } from './method.ts';
import { receivedMessages } from './received-messages.ts';

/** What a handler is told about its call, apart from the request. */
export interface CallContext {
  /** The method's full path, `/threadstore.v1.ThreadStoreService/CreateThread`. */
  readonly method: string;
  readonly metadata: grpc.Metadata;
  /** Address of the other side, for people. */
  readonly peer: string;
  /** Aborts when the caller has gone, or its deadline has passed (then the reason is a `TimeoutError`). */
  readonly signal: AbortSignal;
}

/** The handler of one method. The kinds that the binding does not serve yet have none, so that they don't compile. */
export type Handler<M extends Method> = M['methodKind'] extends 'unary'
  ? (request: Received<M['input']>, context: CallContext) => Promise<Sent<M['output']>>
  : M['methodKind'] extends 'server_streaming'
    ? (request: Received<M['input']>, context: CallContext) => AsyncIterable<Sent<M['output']>>
    : M['methodKind'] extends 'bidi_streaming'
      ? (requests: AsyncIterable<Received<M['input']>>, context: CallContext) => AsyncIterable<Sent<M['output']>>
      : never;

/** A handler for every method of a service: one that is missing, or has the wrong types, does not compile. */
export type Implementation<S extends GenServiceMethods> = { readonly [K in keyof S]: Handler<S[K]> };

export interface ServeOptions {
  /** Told of every failed call, with the error as it was thrown. Must not throw. */
  readonly onError?: (error: unknown, context: CallContext) => void;
}

type UnaryHandler = (request: unknown, context: CallContext) => Promise<unknown>;
type StreamHandler = (request: unknown, context: CallContext) => AsyncIterable<unknown>;
type BidiHandler = (requests: AsyncIterable<unknown>, context: CallContext) => AsyncIterable<unknown>;
/** A call whose answers are a stream. */
type Answered = grpc.ServerWritableStream<unknown, unknown> | grpc.ServerDuplexStream<unknown, unknown>;
type Call = Pick<grpc.ServerUnaryCall<unknown, unknown>, 'getPath' | 'getPeer' | 'getDeadline' | 'metadata'> &
  EventEmitter;
type Abandoned = { readonly signal: AbortSignal; readonly settle: () => void };

/** A service descriptor as grpc-js wants it. Its keys are the method names in lowerCamelCase. */
export function serviceDefinition(desc: DescService): grpc.ServiceDefinition {
  return Object.fromEntries(
    desc.methods.map((method) => {
      const requestStream = method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming';
      const deserialize = tolerantDeserializer(method.input);
      return [
        method.localName,
        {
          path: `/${desc.typeName}/${method.name}`,
          requestStream,
          responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
          requestSerialize: serializer(method.input),
          requestDeserialize: requestStream ? deserialize : measured(deserialize),
          responseSerialize: transientSerializer(method.output),
          responseDeserialize: tolerantDeserializer(method.output),
        },
      ];
    }),
  );
}

/**
 * Adds a service to a grpc-js server.
 *
 * A handler's errors reach the caller as {@link toStatus} gives them. A request that is no message of its type is answered with
 * INVALID_ARGUMENT and its handler is not called. A streaming handler is asked for its next message when the one before has
 * been sent, never ahead; when the caller goes, its iterator is returned. One that also gets a stream is sent each
 * request when it asks for it, and the iteration throws when that is no message of its type; when the caller goes, it ends.
 */
export function addService<S extends GenServiceMethods>(
  server: grpc.Server,
  desc: GenService<S>,
  implementation: Implementation<S>,
  options: ServeOptions = {},
): void {
  const handlers: Readonly<Record<string, unknown>> = implementation;
  const untyped: grpc.UntypedServiceImplementation = {};
  for (const method of desc.methods) {
    const handler = handlers[method.localName];
    if (method.methodKind === 'unary') {
      untyped[method.localName] = serveUnary(handler as UnaryHandler, options);
    } else if (method.methodKind === 'server_streaming') {
      untyped[method.localName] = serveStream(handler as StreamHandler, options);
    } else if (method.methodKind === 'bidi_streaming') {
      untyped[method.localName] = serveBidi(handler as BidiHandler, options);
    } else {
      throw new TypeError(`${method.name}: methods of the kind ${method.methodKind} can't be served`);
    }
  }
  server.addService(serviceDefinition(desc), untyped);
}

function serveUnary(handler: UnaryHandler, options: ServeOptions): grpc.handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    const { signal, settle } = abandonment(call);
    const context = contextOf(call, signal);
    void (async () => {
      try {
        const response = await handler(decoded(call.request), context);
        settle();
        callback(null, response);
      } catch (error) {
        settle();
        options.onError?.(error, context);
        callback(toStatus(error));
      }
    })();
  };
}

function serveStream(handler: StreamHandler, options: ServeOptions): grpc.handleServerStreamingCall<unknown, unknown> {
  return (call) => answer(call, (context) => handler(decoded(call.request), context), options);
}

function serveBidi(handler: BidiHandler, options: ServeOptions): grpc.handleBidiStreamingCall<unknown, unknown> {
  return (call) => {
    // The caller learns that its call stands: grpc-js keeps all it has sent until then, to send it again.
    call.sendMetadata(new grpc.Metadata());
    answer(call, (context) => handler(receivedMessages(call, context.signal), context), options);
  };
}

/** Sends what a handler makes, then the end of the call. */
function answer(
  call: Answered,
  messages: (context: CallContext) => AsyncIterable<unknown>,
  options: ServeOptions,
): void {
  const { signal, settle } = abandonment(call);
  const context = contextOf(call, signal);
  void (async () => {
    try {
      await sendAll(call, messages(context), signal);
      settle();
      call.end();
    } catch (error) {
      settle();
      options.onError?.(error, context);
      // grpc-js takes a stream's status from its error event.
      call.emit('error', toStatus(error));
    }
  })();
}

/**
 * Sends one message after the other, and ends early when the caller has gone. The next one is not made while one is being sent: of a
 * caller who reads no more there is one message in memory, not two, and callers who read are no slower for it.
 */
async function sendAll(call: Answered, messages: AsyncIterable<unknown>, signal: AbortSignal): Promise<void> {
  let onSent = (): void => undefined;
  // After a reset grpc-js may never say that a message was sent. One listener for the life of the call: a promise that is
  // raced for each message would keep something of each.
  signal.addEventListener('abort', () => onSent(), { once: true });
  for await (const message of messages) {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      onSent = resolve;
      call.write(message, () => resolve());
    });
  }
}

function contextOf(call: Call, signal: AbortSignal): CallContext {
  return { method: call.getPath(), metadata: call.metadata, peer: call.getPeer(), signal };
}

/** A signal for the call's cancellation. grpc-js reports one for every call that ends, so `settle` is called before. */
function abandonment(call: Call): Abandoned {
  const controller = new AbortController();
  const onCancelled = (): void => {
    controller.abort(
      isDeadlineOver(call.getDeadline())
        ? new DOMException('The deadline of the call has passed', 'TimeoutError')
        : new DOMException('The caller has cancelled the call', 'AbortError'),
    );
  };
  call.once('cancelled', onCancelled);
  return { signal: controller.signal, settle: () => call.off('cancelled', onCancelled) };
}
