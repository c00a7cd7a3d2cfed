import type { ServerHttp2Stream } from 'node:http2';
import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';

/**
 * The HTTP/2 stream of a call. grpc-js keeps it to itself, and has no other way to learn how long a request is before all of it is in
 * memory, nor to end a stream whose other side takes nothing more. Throws where grpc-js has come to keep it elsewhere.
 */
export function transportStream(call: ServerInterceptingCallInterface): ServerHttp2Stream {
  let at: object | undefined = call;
  while (at !== undefined) {
    if ('stream' in at) return at.stream as ServerHttp2Stream;
    at = 'nextCall' in at ? (at.nextCall as object) : undefined;
  }
  throw new TypeError('grpc-js: the call has no stream');
}
