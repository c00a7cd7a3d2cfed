import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/**
 * Throws when a message has more fields than so many, those of the messages within it included, and numbers that stand packed in
 * a field each for one.
 */
export function checkFieldCount(desc: DescMessage, bytes: Uint8Array, max: number): void {
  const reader = new BinaryReader(bytes);
  if (countFields(desc, reader, reader.len, max) > max) throw new RangeError(`more than ${max} fields`);
}

/** Ends as soon as there are more than `max`. */
function countFields(desc: DescMessage, reader: BinaryReader, end: number, max: number): number {
  let count = 0;
  while (reader.pos < end && count <= max) {
    const [number, type] = reader.tag();
    count += 1;
    const field = type === WireType.LengthDelimited ? fieldOf(desc, number) : undefined;
    if (field?.message !== undefined) {
      const length = reader.uint32();
      count += countFields(field.message, reader, reader.pos + length, max - count);
    } else {
      const from = reader.pos;
      reader.skip(type, number);
      if (isPacked(field)) count += reader.pos - from;
    }
  }
  return count;
}

const fieldsByNumber = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldOf(desc: DescMessage, number: number): DescField | undefined {
  let fields = fieldsByNumber.get(desc);
  if (fields === undefined) {
    fields = new Map(desc.fields.map((field) => [field.number, field]));
    fieldsByNumber.set(desc, fields);
  }
  return fields.get(number);
}

/** Whether a field of bytes is a list of numbers, of one byte each at least. */
function isPacked(field: DescField | undefined): boolean {
  return field?.fieldKind === 'list' && field.packed;
}
