import type { DescMethod, DescService, MessageShape, DescMessage } from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import * as grpc from '@grpc/grpc-js';
import { deserializer, serializer } from './codec.ts';
import { duplex, type Duplex, type DuplexHandlers } from './duplex.ts';
import type { Method, Received, Sent } from './method.ts';
import { serverStream, type ServerStream } from './server-stream.ts';

export interface CallerOptions {
  /** The call fails with DEADLINE_EXCEEDED then. Default: never. */
  readonly deadline?: Date;
  /** Cancels the call; it then fails with CANCELLED. */
  readonly signal?: AbortSignal;
  /** Default: none. */
  readonly metadata?: grpc.Metadata;
}

/** One method of a client. The kinds that the binding does not serve yet can't be called. */
export type Caller<M extends Method> = M['methodKind'] extends 'unary'
  ? (request: Sent<M['input']>, options?: CallerOptions) => Promise<Received<M['output']>>
  : M['methodKind'] extends 'server_streaming'
    ? (request: Sent<M['input']>, options?: CallerOptions) => ServerStream<Received<M['output']>>
    : M['methodKind'] extends 'bidi_streaming'
      ? (handlers: DuplexHandlers<Received<M['output']>>, options?: CallerOptions) => Duplex<Sent<M['input']>>
      : never;

/** A caller for every method of a service. Failed calls reject with grpc-js' `ServiceError`. */
export type ServiceClient<S extends GenServiceMethods> = { readonly [K in keyof S]: Caller<S[K]> };

/** Makes the callers of a service over one channel. Closing the channel is the business of who made it. */
export function createClient<S extends GenServiceMethods>(desc: GenService<S>, channel: grpc.Client): ServiceClient<S> {
  const callers: Record<string, unknown> = {};
  for (const method of desc.methods) {
    callers[method.localName] = caller(desc, method, channel);
  }
  return callers as ServiceClient<S>;
}

function caller(desc: Omit<DescService, 'method'>, method: DescMethod, channel: grpc.Client): unknown {
  const path = `/${desc.typeName}/${method.name}`;
  const serialize = serializer<DescMessage>(method.input);
  const deserialize = deserializer<DescMessage>(method.output);
  type Request = Parameters<typeof serialize>[0];
  type Response = MessageShape<DescMessage>;

  const unary = (request: Request, options: CallerOptions = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      const callback: grpc.requestCallback<Response> = (error, response) => {
        if (error !== null) reject(error);
        else if (response === undefined) reject(new TypeError(`${path}: neither an error nor a response`));
        else resolve(response);
      };
      const call = channel.makeUnaryRequest(
        path,
        serialize,
        deserialize,
        request,
        options.metadata ?? new grpc.Metadata(),
        callOptions(options),
        callback,
      );
      call.once('status', cancelOnAbort(call, options.signal));
    });

  const streaming = (request: Request, options: CallerOptions = {}): ServerStream<Response> =>
    serverStream<Response>((interceptor) => {
      const call = channel.makeServerStreamRequest(
        path,
        serialize,
        deserialize,
        request,
        options.metadata ?? new grpc.Metadata(),
        { ...callOptions(options), interceptors: [interceptor] },
      );
      call.once('status', cancelOnAbort(call, options.signal));
      return call;
    });

  const bidi = (handlers: DuplexHandlers<Response>, options: CallerOptions = {}): Duplex<Request> => {
    const call = channel.makeBidiStreamRequest(
      path,
      serialize,
      deserialize,
      options.metadata ?? new grpc.Metadata(),
      callOptions(options),
    );
    call.once('status', cancelOnAbort(call, options.signal));
    return duplex(call, handlers);
  };

  if (method.methodKind === 'unary') return unary;
  if (method.methodKind === 'server_streaming') return streaming;
  if (method.methodKind === 'bidi_streaming') return bidi;
  throw new TypeError(`${method.name}: methods of the kind ${method.methodKind} can't be called`);
}

function callOptions(options: CallerOptions): grpc.CallOptions {
  return options.deadline === undefined ? {} : { deadline: options.deadline };
}

/** Returns how to forget the signal again. */
function cancelOnAbort(call: { cancel(): void }, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => undefined;
  const cancel = (): void => call.cancel();
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}
