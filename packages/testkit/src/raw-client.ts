import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2';
import { frame } from './raw-frames.ts';

/** Before the names of the service's methods. */
export const ownPath = '/threadstore.v1.ThreadStoreService';

export interface RawAnswer {
  /** 0 when there was none. */
  readonly httpStatus: number;
  /** The gRPC status; `null` when none was sent. */
  readonly code: number | null;
  readonly message: string;
  /** What `grpc-retry-pushback-ms` says. */
  readonly retryAfterMs: number | null;
  /** Those before the answer and those behind it. */
  readonly headers: IncomingHttpHeaders;
  /** Frames and all. */
  readonly body: Buffer;
  readonly ms: number;
}

type Headers = Readonly<Record<string, string>>;

/** A connection of HTTP/2 that repeats nothing, waits for nothing and does what no well-behaved client would. */
export class RawClient implements Disposable {
  readonly session: ClientHttp2Session;
  /** Why the connection has ended. */
  #ended = '';

  /** Over TLS when it is told how. */
  constructor(endpoint: string, tls?: SecureClientSessionOptions) {
    this.session = connect(`${tls === undefined ? 'http' : 'https'}://${endpoint}`, {
      // Node goes on counting what a call that was refused had left to send, and ends the calls after it.
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
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

  /** Begins a call of one of the service's own methods, or of whatever has a path. Nothing is sent yet but its headers. */
  begin(rpc: string, headers: Headers = {}): ClientHttp2Stream {
    const stream = this.session.request({
      ':method': 'POST',
      ':path': rpc.startsWith('/') ? rpc : `${ownPath}/${rpc}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    stream.on('error', () => undefined);
    return stream;
  }

  /** Makes a unary call with the bytes of its body, those of an empty message by default. Resolves when its stream has ended, however that was. */
  call(
    rpc: string,
    body: Buffer | readonly Buffer[] = frame(Buffer.alloc(0)),
    headers: Headers = {},
  ): Promise<RawAnswer> {
    if (this.session.destroyed) return Promise.resolve({ ...noAnswer, message: `no connection: ${this.#ended}` });
    const start = performance.now();
    const stream = this.begin(rpc, headers);
    for (const part of [body].flat()) stream.write(part);
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

const noAnswer = { httpStatus: 0, code: null, retryAfterMs: null, headers: {}, body: Buffer.alloc(0), ms: 0 };

function answerOf(stream: ClientHttp2Stream, start: number): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let told: IncomingHttpHeaders = {};
    const parts: Buffer[] = [];
    const merge = (more: IncomingHttpHeaders): void => {
      told = { ...told, ...more };
    };
    stream.on('response', merge);
    stream.on('trailers', merge);
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('close', () => {
      const [code, pushback] = [told['grpc-status'], told['grpc-retry-pushback-ms']];
      resolve({
        httpStatus: Number(told[':status'] ?? 0),
        code: code === undefined ? null : Number(code),
        message:
          code === undefined ? `reset with ${stream.rstCode}` : decodeURIComponent(String(told['grpc-message'] ?? '')),
        retryAfterMs: pushback === undefined ? null : Number(pushback),
        headers: told,
        body: Buffer.concat(parts),
        ms: performance.now() - start,
      });
    });
  });
}
