import * as grpc from '@grpc/grpc-js';

/** In logs and metrics, for all methods that there are not: their names are the callers'. So do OpenTelemetry's semantic conventions. */
export const unknownMethod = '_OTHER';

/** One that nothing is read for. */
const handler = {
  type: 'bidi',
  path: `/${unknownMethod}`,
  serialize: (): Buffer => Buffer.alloc(0),
  deserialize: (bytes: Buffer): Buffer => bytes,
  func: (call: grpc.ServerDuplexStream<Buffer, Buffer>): void => {
    // Without a reason of ours: a client knows by the bare status that the service lacks the operation.
    call.emit('error', { code: grpc.status.UNIMPLEMENTED, details: 'the service has no such method' });
  },
} as const;

/**
 * Has calls of methods that there are not pass the interceptors as others do, and refused then: by itself a server of grpc-js answers them
 * before, so that nobody is asked who they are, and nobody is told of them. Where it looks for its methods it keeps to itself: throws if it
 * has come to look elsewhere.
 */
export function serveUnknownMethods(server: grpc.Server): void {
  const known: unknown = Reflect.get(server, '_retrieveHandler');
  if (typeof known !== 'function') throw new TypeError('grpc-js: the server finds its methods elsewhere');
  const find = (path: string): unknown => (known as (path: string) => unknown).call(server, path) ?? handler;
  Reflect.set(server, '_retrieveHandler', find);
}
