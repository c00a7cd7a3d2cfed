import { paramText } from '../array-text.ts';
import { type Param, TextArray } from '../database.ts';

/** What node-postgres asks for the value when it writes the message, which it copies the value into at once. */
interface Written {
  toPostgres(): Buffer;
}

export function pgParam(param: Param): string | null | Written {
  return param instanceof TextArray ? { toPostgres: () => binaryArray(param) } : paramText(param);
}

const textOid = 25;
const headBytes = 20;
/** A larger buffer is let go when it was used. */
const keptBytesMax = 4 * 1024 * 1024;
/** Used again for each array: a new one each time is memory outside of the heap, whose collection was most of the p99 of appends. */
let kept = Buffer.allocUnsafeSlow(64 * 1024);

/** A `text[]` as the server itself keeps it, without anything escaped: dimensions, nulls, type, length, lower bound, elements. */
function binaryArray({ texts, bytes }: TextArray): Buffer {
  const size = headBytes + 4 * texts.length + bytes;
  const buffer = bufferOf(size);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(0, 4);
  buffer.writeInt32BE(textOid, 8);
  buffer.writeInt32BE(texts.length, 12);
  buffer.writeInt32BE(1, 16);
  let end = headBytes;
  for (const text of texts) {
    const written = buffer.write(text, end + 4);
    buffer.writeInt32BE(written, end);
    end += 4 + written;
  }
  // Else a text was cut.
  if (end !== size) throw new RangeError(`an array of texts has other bytes than was said (got ${end}, said ${size})`);
  return buffer.subarray(0, end);
}

function bufferOf(size: number): Buffer {
  if (size <= kept.length) return kept;
  const buffer = Buffer.allocUnsafeSlow(size);
  if (size <= keptBytesMax) kept = buffer;
  return buffer;
}
