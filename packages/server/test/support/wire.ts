import * as grpc from '@grpc/grpc-js';
import type { ThreadStoreError } from '@threadstore/core';
import { fromStatus, serviceDefinition, ThreadStoreService } from '@threadstore/protocol';
import { ownPath } from '@threadstore/testkit';

const definition = serviceDefinition(ThreadStoreService);

/** The bytes of a request, whatever stands in it: unknown enum numbers, items that are no JSON, and so on. */
export function requestBytes(method: string, request: object): Buffer {
  const found = definition[`${method.charAt(0).toLowerCase()}${method.slice(1)}`];
  if (found === undefined) throw new Error(`no method ${method}`);
  return found.requestSerialize(request);
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** Calls methods with bytes that no client would make. */
export class WireClient implements Disposable {
  readonly #client: grpc.Client;

  constructor(endpoint: string) {
    this.#client = new grpc.Client(endpoint, grpc.credentials.createInsecure());
  }

  /** `null` for a success, else the error as a client reads it. */
  async call(method: string, bytes: Buffer): Promise<ThreadStoreError | null> {
    const error = await (method === 'ReadHistory' ? this.#stream(method, bytes) : this.#unary(method, bytes));
    return error === null ? null : fromStatus(error, { operation: method, effect: 'unknown' });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #unary(method: string, bytes: Buffer): Promise<grpc.ServiceError | null> {
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(`${ownPath}/${method}`, asIs, asIs, bytes, resolve);
    });
  }

  #stream(method: string, bytes: Buffer): Promise<grpc.ServiceError | null> {
    return new Promise((resolve) => {
      const call = this.#client.makeServerStreamRequest(`${ownPath}/${method}`, asIs, asIs, bytes);
      call.on('data', () => undefined);
      call.on('error', (error: grpc.ServiceError) => resolve(error));
      call.on('end', () => resolve(null));
    });
  }
}
