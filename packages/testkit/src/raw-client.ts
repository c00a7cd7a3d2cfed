import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2';

/** Before the names of the service's methods. */
export const ownPath = '/threadstore.v1.ThreadStoreService';

/** A field of a protobuf message with the wire type "length, then bytes". */
export function bytesField(number: number, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.byteLength), bytes]);
}

/** The same with the wire type "varint". */
export function varintField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number << 3), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Buffer.from([...bytes, left]);
}

/** A gRPC frame; what its header claims may differ from what follows. */
export function frame(message: Uint8Array, claimed = message.byteLength, flag = 0): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(flag, 0);
  header.writeUInt32BE(claimed, 1);
  return Buffer.concat([header, message]);
}

export interface RawAppend {
  readonly threadId: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly item: Buffer;
}

/** The frame of an `AppendItemsRequest` of one item, in parts: the item itself is not copied. */
export function appendFrame({ threadId, epoch, sequence, item }: RawAppend): readonly Buffer[] {
  const tag = Buffer.concat([varint((4 << 3) | 2), varint(item.byteLength)]);
  const head = Buffer.concat([bytesField(1, threadId), varintField(2, epoch), varintField(3, sequence), tag]);
  return [frame(head, head.byteLength + item.byteLength), item];
}

export interface RawAnswer {
  /** The gRPC status; `null` when none was sent. */
  readonly code: number | null;
  readonly message: string;
  /** What `grpc-retry-pushback-ms` says. */
  readonly retryAfterMs: number | null;
  readonly ms: number;
}

/** A connection of HTTP/2 that repeats nothing, waits for nothing and does what no well-behaved client would. */
export class RawClient implements Disposable {
  readonly session: ClientHttp2Session;
  /** Why the connection has ended. */
  #ended = '';

  /** Over TLS when it is told how. */
  constructor(endpoint: string, tls?: SecureClientSessionOptions) {
    this.session = connect(`${tls === undefined ? 'http' : 'https'}://${endpoint}`, {
      maxSessionMemory: 1_000,
      ...tls,
    });
    // What the other side does to a connection shows in the answers.
    this.session.on('error', (error: Error) => {
      this.#ended ||= error.message;
    });
    this.session.on('goaway', (code) => {
      this.#ended ||= `GOAWAY ${code}`;
    });
  }

  /** Begins a call, of which nothing is sent yet. */
  begin(rpc: string, headers: Readonly<Record<string, string>> = {}): ClientHttp2Stream {
    const stream = this.session.request({
      ':method': 'POST',
      ':path': `${ownPath}/${rpc}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    stream.on('error', () => undefined);
    return stream;
  }

  /** Makes a unary call. Resolves when its stream has ended, however that was. */
  call(rpc: string, body: readonly Buffer[], headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
    if (this.session.destroyed)
      return Promise.resolve({ code: null, message: `no connection: ${this.#ended}`, retryAfterMs: null, ms: 0 });
    const start = performance.now();
    const stream = this.begin(rpc, headers);
    for (const part of body) stream.write(part);
    stream.end();
    return answerOf(stream, start);
  }

  close(): void {
    this.session.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What a call came to that was begun. Takes what it is sent. */
export function answerOf(stream: ClientHttp2Stream, start = performance.now()): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let told: IncomingHttpHeaders = {};
    const merge = (more: IncomingHttpHeaders): void => {
      told = { ...told, ...more };
    };
    stream.on('response', merge);
    stream.on('trailers', merge);
    stream.on('close', () => {
      const [code, pushback] = [told['grpc-status'], told['grpc-retry-pushback-ms']];
      resolve({
        code: code === undefined ? null : Number(code),
        message:
          code === undefined ? `reset with ${stream.rstCode}` : decodeURIComponent(String(told['grpc-message'] ?? '')),
        retryAfterMs: pushback === undefined ? null : Number(pushback),
        ms: performance.now() - start,
      });
    });
    stream.resume();
  });
}
