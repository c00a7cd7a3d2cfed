import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';

// Unknown fields would be kept only to be written again, which nobody does: they'd be memory that the peer chooses.
const reading = { readUnknownFields: false };

/** Writes a message, or the object to make one of, as bytes. */
export function serializer<D extends DescMessage>(desc: D): (message: MessageInitShape<D>) => Buffer {
  return (message) => {
    const bytes = toBinary(desc, create(desc, message));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
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

/** Reads a message, or says that it can't be read: for the side that has to answer all the same. */
export function tolerantDeserializer<D extends DescMessage>(desc: D): (bytes: Buffer) => MessageShape<D> | Undecodable {
  const deserialize = deserializer(desc);
  return (bytes) => {
    try {
      return deserialize(bytes);
    } catch (error) {
      return new Undecodable(error);
    }
  };
}
