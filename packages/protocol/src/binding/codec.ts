import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { ThreadStoreError } from '@threadstore/core';
import { checkFieldCount } from './field-count.ts';

// Unknown fields would be kept only to be written again, which nobody does: they'd be memory that the peer chooses.
const reading = { readUnknownFields: false };

/**
 * Stands for a message that knows how many bytes it has, and writes them itself when it is sent, which is once. What it is made of is
 * let go then: whoever waits until it is sent may have it in hand.
 */
export class Encoded<D extends DescMessage> {
  readonly desc: D;
  readonly byteLength: number;
  #write: ((into: Buffer) => void) | undefined;

  constructor(desc: D, byteLength: number, write: (into: Buffer) => void) {
    this.desc = desc;
    this.byteLength = byteLength;
    this.#write = write;
  }

  /** Writes it into a buffer of its length, and returns that. */
  writeInto(bytes: Buffer): Buffer {
    if (this.#write === undefined) throw new TypeError('a message is written once');
    this.#write(bytes);
    this.#write = undefined;
    return bytes;
  }
}

/** Writes a message, or the object to make one of, as bytes. */
export function serializer<D extends DescMessage>(desc: D): (message: MessageInitShape<D> | Encoded<D>) => Buffer {
  return (message) => {
    if (message instanceof Encoded) return message.writeInto(Buffer.allocUnsafe(message.byteLength));
    const bytes = toBinary(desc, create(desc, message));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

// More than a batch of a history.
const scratch = Buffer.allocUnsafeSlow(512 * 1024);

/**
 * Writes the messages of a server. What is returned is good until the next message: a grpc-js server copies it at once, behind the
 * header of its frame. A buffer of its own for each batch of a history would be as much again for the garbage collector.
 */
export function transientSerializer<D extends DescMessage>(
  desc: D,
): (message: MessageInitShape<D> | Encoded<D>) => Buffer {
  const serialize = serializer(desc);
  return (message) =>
    message instanceof Encoded && message.byteLength <= scratch.byteLength
      ? message.writeInto(scratch.subarray(0, message.byteLength))
      : serialize(message);
}

/** Reads a message. Throws on bytes that are no such message, text that is not UTF-8 included. */
export function deserializer<D extends DescMessage>(desc: D): (bytes: Buffer) => MessageShape<D> {
  return (bytes) => fromBinary(desc, bytes, reading);
}

/** Stands for a request whose bytes are no message of its type. */
export class Undecodable {
  readonly cause: unknown;

  constructor(cause: unknown) {
    this.cause = cause;
  }
}

// Far more than the largest message has items. A field may take two bytes on the wire and a hundred times as many once it is
// read: without a bound, a request of the size that is admitted could fill the memory of the process.
const fieldsMax = 250_000;

/** Reads a message, or says that it can't be read: for the side that has to answer all the same. */
export function tolerantDeserializer<D extends DescMessage>(desc: D): (bytes: Buffer) => MessageShape<D> | Undecodable {
  const deserialize = deserializer(desc);
  return (bytes) => {
    try {
      if (bytes.length > fieldsMax) checkFieldCount(desc, bytes, fieldsMax);
      return deserialize(bytes);
    } catch (error) {
      return new Undecodable(error);
    }
  };
}

const lengths = new WeakMap<object, number>();

/** Reads messages, and keeps in mind how long each was. */
export function measured<M extends object>(deserialize: (bytes: Buffer) => M): (bytes: Buffer) => M {
  return (bytes) => {
    const message = deserialize(bytes);
    lengths.set(message, bytes.byteLength);
    return message;
  };
}

/** How many bytes the one request of a call had, decompressed, as a server of ours read it. `undefined` for whatever else. */
export function requestBytes(request: unknown): number | undefined {
  return typeof request === 'object' && request !== null ? lengths.get(request) : undefined;
}

/** The request that came, or the error that says that it can't be read. */
export function decoded(request: unknown): unknown {
  if (!(request instanceof Undecodable)) return request;
  throw new ThreadStoreError({
    reason: 'INVALID_FIELD',
    message: 'request: the bytes are not a message of the type that the method takes',
    details: { field: 'request' },
    cause: request.cause,
  });
}
