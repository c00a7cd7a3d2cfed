import type { Http2Server } from 'node:http2';
import type * as grpc from '@grpc/grpc-js';

/**
 * The HTTP/2 server that the one connection injector of a server gives its connections to. grpc-js keeps it to itself, and has no other
 * way to learn what has become of a connection. Throws where grpc-js has come to keep it elsewhere.
 */
export function transportServer(server: grpc.Server): Http2Server {
  const servers: unknown = Reflect.get(server, 'http2Servers');
  const all = servers instanceof Map ? [...(servers as Map<Http2Server, unknown>).keys()] : [];
  const [one] = all;
  if (one === undefined || all.length > 1) throw new TypeError('grpc-js: the server has no HTTP/2 server of its own');
  return one;
}
