import { connect, type ClientHttp2Session, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import type { Answer } from './verdict.ts';

export interface Sending {
  readonly headers: OutgoingHttpHeaders;
  /** In the pieces that it is written in. */
  readonly body: readonly Buffer[];
  /** The caller leaves after so many milliseconds; it never says that its body has ended. */
  readonly leaves: number | undefined;
}

/** Longer than any deadline that a call has. */
const patienceMs = 30_000;

/** Calls over one connection at a time; over another when that has ended. */
export class Caller implements Disposable {
  readonly #endpoint: string;
  readonly #onConnect: () => void;
  #session: ClientHttp2Session | undefined;

  constructor(endpoint: string, onConnect: () => void) {
    this.#endpoint = endpoint;
    this.#onConnect = onConnect;
  }

  /** Resolves when the call has ended, however that was; with null when it did not in time. */
  call({ headers, body, leaves }: Sending): Promise<Answer | null> {
    return new Promise((resolve) => {
      const stream = this.#connected().request(headers);
      let answered: IncomingHttpHeaders = {};
      let isBroken = false;
      const merge = (more: IncomingHttpHeaders): void => {
        answered = { ...answered, ...more };
      };
      const late = setTimeout(() => {
        resolve(null);
        stream.close(8);
      }, patienceMs);
      const leaving = leaves === undefined ? undefined : setTimeout(() => stream.close(8), leaves);
      stream
        .on('response', merge)
        .on('trailers', merge)
        .on('data', () => undefined);
      stream.on('error', () => (isBroken = true)).on('aborted', () => (isBroken = true));
      stream.on('close', () => {
        clearTimeout(late);
        clearTimeout(leaving);
        resolve({ headers: answered, isBroken });
      });
      for (const part of body) stream.write(part);
      if (leaves === undefined) stream.end();
    });
  }

  [Symbol.dispose](): void {
    this.#session?.destroy();
  }

  #connected(): ClientHttp2Session {
    const known = this.#session;
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    // What the server sends back may be much, and is not read by anybody.
    const session = connect(`http://${this.#endpoint}`, { maxSessionMemory: 1_000 });
    session.on('error', () => undefined);
    session.on('goaway', () => session.close());
    this.#session = session;
    this.#onConnect();
    return session;
  }
}
