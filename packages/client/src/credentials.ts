import * as grpc from '@grpc/grpc-js';
import { ThreadStoreError } from '@threadstore/core';

export interface RemoteCredentials {
  /**
   * The bearer token that the service asks for; what is blank around it, such as the end of the line in a file, does not count. A function is asked for each call, and may give another one each time. When a call is
   * refused as `unauthenticated` it is asked again, and the call is made once more if it gives another token.
   */
  readonly token: string | (() => string | Promise<string>);
}

/** The headers that tell who calls. */
export class Credentials {
  readonly #token: RemoteCredentials['token'] | undefined;
  /** Of a token that stays the same. */
  readonly #fixed: grpc.Metadata | undefined;

  /** Throws a `TypeError` for a token that is none. */
  constructor(credentials: RemoteCredentials | undefined) {
    this.#token = credentials?.token;
    if (typeof this.#token !== 'function') this.#fixed = headersOf(this.#token);
  }

  /** For one call: at once, unless they come from a function. Rejects with a `ThreadStoreError` when that fails. */
  headers(): grpc.Metadata | Promise<grpc.Metadata> {
    return this.#fixed ?? this.#asked();
  }

  /** After a call with these headers was refused: those to make it again with, `undefined` when there are no others. */
  async others(refused: grpc.Metadata): Promise<grpc.Metadata | undefined> {
    if (this.#fixed !== undefined) return undefined;
    const headers = await this.#asked();
    return tokenOf(headers) === tokenOf(refused) ? undefined : headers;
  }

  async #asked(): Promise<grpc.Metadata> {
    try {
      return headersOf(typeof this.#token === 'function' ? await this.#token() : this.#token);
    } catch (cause) {
      throw new ThreadStoreError({ reason: 'UNAUTHENTICATED', message: 'credentials: there is no token', cause });
    }
  }
}

function headersOf(token: unknown): grpc.Metadata {
  const metadata = new grpc.Metadata();
  if (token === undefined) return metadata;
  const text = typeof token === 'string' ? token.trim() : '';
  // Never says what it got.
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw new TypeError('credentials.token: must be a text without spaces, or a function that gives one');
  }
  metadata.set('authorization', `Bearer ${text}`);
  return metadata;
}

function tokenOf(headers: grpc.Metadata): unknown {
  return headers.get('authorization')[0];
}
