import { connect, type IncomingHttpHeaders } from 'node:http2';
import { bytesField, frame } from '@threadstore/testkit';

const path = '/codex.thread_store.v1.ThreadStore';

/** The requests that a load needs: of an id alone, a creation, and an append of items. */
export const requests = {
  ofId: (threadId: string): Buffer => bytesField(1, threadId),
  create: (threadId: string): Buffer => Buffer.concat([bytesField(1, threadId), bytesField(4, '{"text":"be"}')]),
  append: (threadId: string, items: readonly string[]): Buffer =>
    Buffer.concat([bytesField(1, threadId), ...items.map((item) => bytesField(2, item))]),
};

/**
 * One call over a connection of its own, as Codex makes them, by plain HTTP/2: no library that would keep connections. Resolves to the
 * gRPC status, or to what went wrong.
 */
export function oneCall(endpoint: string, rpc: string, message: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const session = connect(`http://${endpoint}`);
    let failure: string | undefined;
    let status: string | undefined;
    const onError = (error: Error): void => void (failure ??= error.message);
    const read = (headers: IncomingHttpHeaders): void => void (status = headers['grpc-status']?.toString() ?? status);
    session.on('error', onError);
    session.on('close', () => resolve(failure ?? status ?? 'no status'));
    const stream = session.request({
      ':method': 'POST',
      ':path': `${path}/${rpc}`,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', onError);
    stream.on('response', read);
    stream.on('trailers', read);
    stream.on('close', () => session.close());
    stream.resume();
    stream.end(frame(message));
  });
}
