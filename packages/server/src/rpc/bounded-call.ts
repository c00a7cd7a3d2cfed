import { constants } from 'node:http2';
import * as grpc from '@grpc/grpc-js';
import { ThreadStoreError } from '@threadstore/core';
import { requestBytes } from '@threadstore/protocol';
import type { Admission, Receipt } from '../limits/admission.ts';
import type { Arrival } from './gate.ts';
import { MessageGate } from './message-gate.ts';
import { transportStream } from './transport-stream.ts';

/** How long the status of a call that took too long may take to get through before its stream is closed from this side. */
const lastWordMs = 5_000;
/** The same for one that is refused while its request is still coming. */
const refusalMs = 100;
/** How long a message of a stream may be on its way: it holds room that others wait for. */
const messageMs = 30_000;
/** Of a request to health or reflection, which names a service or a symbol: it counts for nobody's room. */
const otherBytesMax = 16 * 1024;

export interface CallBounds {
  readonly admission: Admission;
  /** Of one request, as grpc-js is told, too. */
  readonly messageBytesMax: number;
}

/**
 * A call within bounds: its requests come when there is room for them, it ends when it takes too long, and so does a stream whose
 * caller takes nothing of what it is sent.
 */
export class BoundedCall extends grpc.ServerInterceptingCall {
  readonly #call: grpc.ServerInterceptingCallInterface;
  readonly #bounds: CallBounds;
  #arrival: Arrival | undefined;
  /** Of messages that are on their way, or in hand. */
  readonly #receipts: Receipt[] = [];
  #stalled: NodeJS.Timeout | undefined;
  #late: NodeJS.Timeout | undefined;
  /** What comes, or is sent, from now on has no time of its own: a timer would keep the process from ending. */
  #isOver = false;

  constructor(call: grpc.ServerInterceptingCallInterface, responder: grpc.Responder, bounds: CallBounds) {
    super(call, responder);
    this.#call = call;
    this.#bounds = bounds;
  }

  /** Once the call has passed the gates, and before anything of its request is read. */
  begin(arrival: Arrival): void {
    this.#arrival = arrival;
    const { limits } = this.#bounds.admission;
    const { isOwn } = arrival.record;
    new MessageGate(transportStream(this.#call), {
      bytesMax: this.#bounds.messageBytesMax,
      onHeader: (bytes) => (isOwn ? this.#header(arrival, bytes) : this.#otherHeader(bytes)),
    });
    if (arrival.kind === 'unary') this.#endAfter(limits.callTimeoutMs, 'the call took too long');
    if (arrival.kind === 'read') this.#endAfter(limits.callTimeoutMs, 'the request took too long to arrive');
    arrival.onEnd(() => {
      this.#isOver = true;
      clearTimeout(this.#late);
      clearTimeout(this.#stalled);
    });
  }

  /** A message was read. */
  received(message: unknown): void {
    const kind = this.#arrival?.kind;
    if (kind === undefined) return;
    if (kind !== 'unary') clearTimeout(this.#late);
    const [receipt] = this.#receipts;
    if (kind === 'append') {
      this.#receipts.shift();
      receipt?.done();
      return;
    }
    // A compressed one has told no more than that it is none of the too large ones.
    receipt?.came(requestBytes(message));
  }

  override sendMessage(message: unknown, callback: () => void): void {
    if (this.#arrival === undefined || this.#arrival.kind === 'unary' || this.#isOver) {
      super.sendMessage(message, callback);
      return;
    }
    const ms = this.#bounds.admission.limits.stalledReaderTimeoutMs;
    this.#stalled = setTimeout(() => this.#cut(`the reader took nothing for too long (limit ${ms} ms)`), ms);
    super.sendMessage(message, () => {
      clearTimeout(this.#stalled);
      callback();
    });
  }

  #header(arrival: Arrival, bytes: number): Promise<void> | undefined {
    if (arrival.kind !== 'append' && this.#receipts.length > 0) {
      return this.#turnAway(
        new ThreadStoreError({ reason: 'INVALID_FIELD', message: 'request: more than one message' }),
      );
    }
    const receipt = this.#bounds.admission.receive(arrival, bytes);
    this.#receipts.push(receipt);
    const isComing = (): void => {
      if (arrival.kind === 'append') this.#endAfter(messageMs, 'a message took too long to arrive');
    };
    if (receipt.ready === undefined) {
      isComing();
      return undefined;
    }
    return receipt.ready.then(isComing, (error: unknown) => this.#turnAway(error));
  }

  #otherHeader(bytes: number): Promise<void> | undefined {
    if (bytes <= otherBytesMax) return undefined;
    return this.#turnAway(
      new ThreadStoreError({
        reason: 'REQUEST_TOO_LARGE',
        message: `request: too many bytes (limit ${otherBytesMax}, uncompressed)`,
      }),
    );
  }

  /** Ends the call, and has its caller stop sending what is left of the message. Rejects. */
  async #turnAway(error: unknown): Promise<never> {
    this.#arrival?.refuse(error);
    this.#closeAfter(refusalMs, constants.NGHTTP2_NO_ERROR);
    throw error;
  }

  #endAfter(ms: number, why: string): void {
    if (this.#isOver) return;
    clearTimeout(this.#late);
    this.#late = setTimeout(() => this.#cut(`${why} (limit ${ms} ms)`), ms);
  }

  /** Ends the call; and its stream, too, if the other side leaves what it was sent where it is, or goes on sending. */
  #cut(message: string): void {
    this.#arrival?.refuse(new ThreadStoreError({ reason: 'DEADLINE_EXCEEDED', message, effect: 'unknown' }));
    this.#closeAfter(lastWordMs, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /** The status is lost when the stream is closed before it has left. */
  #closeAfter(ms: number, code: number): void {
    const stream = transportStream(this.#call);
    setTimeout(() => {
      if (!stream.closed) stream.close(code);
    }, ms).unref();
  }
}
