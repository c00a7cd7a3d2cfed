import { connect, type IncomingHttpHeaders } from 'node:http2';

const path = '/codex.thread_store.v1.ThreadStore';

/** A field with the wire type "length, then bytes". */
function field(number: number, text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.byteLength), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return Buffer.from([...bytes, left]);
}

/** The requests that a load needs: of an id alone, a creation, and an append of items. */
export const requests = {
  ofId: (threadId: string): Buffer => field(1, threadId),
  create: (threadId: string): Buffer => Buffer.concat([field(1, threadId), field(4, '{"text":"be"}')]),
  append: (threadId: string, items: readonly string[]): Buffer =>
    Buffer.concat([field(1, threadId), ...items.map((item) => field(2, item))]),
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
    const header = Buffer.alloc(5);
    header.writeUInt32BE(message.byteLength, 1);
    stream.end(Buffer.concat([header, message]));
  });
}
