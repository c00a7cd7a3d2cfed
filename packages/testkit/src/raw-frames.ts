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

/** A frame of HTTP/2. */
export function http2Frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.byteLength, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}
