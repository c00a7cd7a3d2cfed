import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';

export interface RawAnswer {
  readonly httpStatus: number;
  /** The gRPC status, `null` when none was sent. */
  readonly code: number | null;
  readonly message: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RawRequest {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The bytes of the request's body, frames and all. */
  readonly body: Buffer;
}

/** A connection of plain HTTP/2: what no well-behaved client would send. */
export function rawSession(endpoint: string): ClientHttp2Session {
  const session = connect(`http://${endpoint}`, { maxSessionMemory: 1_000 });
  // What a server does to a connection shows in the answers.
  session.on('error', () => undefined);
  return session;
}

/** Sends one request; resolves when its stream has ended, however that was. */
export function rawCall(session: ClientHttp2Session, { path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let answered: IncomingHttpHeaders = {};
    const parts: Buffer[] = [];
    const merge = (more: IncomingHttpHeaders): void => {
      answered = { ...answered, ...more };
    };
    stream.on('response', merge);
    stream.on('trailers', merge);
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('error', () => undefined);
    stream.on('close', () => {
      const code = answered['grpc-status'];
      resolve({
        httpStatus: Number(answered[':status'] ?? 0),
        code: code === undefined ? null : Number(code),
        message: decodeURIComponent(String(answered['grpc-message'] ?? '')),
        headers: answered,
        body: Buffer.concat(parts),
      });
    });
    stream.end(body);
  });
}

/** A frame of HTTP/2. */
export function http2Frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.byteLength, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** The messages of a body that came whole. */
export function messagesOf(body: Buffer): readonly Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    messages.push(body.subarray(at + 5, end));
    at = end;
  }
  return messages;
}
