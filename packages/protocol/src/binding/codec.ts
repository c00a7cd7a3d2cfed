import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';

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

// Far more than the largest batch has items. A field may take two bytes on the wire and a hundred times as many once it is
// read: without a bound, a request of the size that is admitted could fill the memory of the process.
const fieldsMax = 250_000;

/** Reads a message, or says that it can't be read: for the side that has to answer all the same. */
export function tolerantDeserializer<D extends DescMessage>(desc: D): (bytes: Buffer) => MessageShape<D> | Undecodable {
  const deserialize = deserializer(desc);
  return (bytes) => {
    try {
      if (bytes.length > fieldsMax) checkFieldCount(bytes);
      return deserialize(bytes);
    } catch (error) {
      return new Undecodable(error);
    }
  };
}

function checkFieldCount(bytes: Buffer): void {
  const reader = new BinaryReader(bytes);
  for (let count = 1; reader.pos < reader.len; count += 1) {
    if (count > fieldsMax) throw new RangeError(`more than ${fieldsMax} fields`);
    const [field, type] = reader.tag();
    reader.skip(type, field);
  }
}
