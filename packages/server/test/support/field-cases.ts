import { ScalarType, type DescField, type DescMessage, type DescMethod } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';

/** In every text that a case sends, so that it can be looked for where no content may be. */
export const canary = 'canary';

/** A field of a request, at any depth, and a bad value for it. */
export interface FieldCase {
  /** `patch.git_info.branch` */
  readonly field: string;
  readonly value: string;
  /** The whole request, with the bad value in it. */
  readonly bytes: (ids: KnownIds) => Uint8Array;
}

/** What the ids of a request say when they are not what is tried. */
export interface KnownIds {
  /** Of the thread that the request is about. */
  readonly own: string;
  readonly live: string;
  readonly deleted: string;
  readonly absent: string;
}

type Write = (writer: BinaryWriter, number: number) => void;
type Value = readonly [name: string, write: Write];

const lengthDelimited =
  (bytes: Uint8Array) =>
  (writer: BinaryWriter, number: number): void =>
    void writer.tag(number, WireType.LengthDelimited).bytes(bytes);
const text = (value: string): Write => lengthDelimited(Buffer.from(value));
const varint =
  (value: bigint) =>
  (writer: BinaryWriter, number: number): void =>
    void writer.tag(number, WireType.Varint).uint64(BigInt.asUintN(64, value));
const spoiled = (...bytes: readonly number[]): Write =>
  lengthDelimited(Buffer.concat([Buffer.from(canary), Buffer.from(bytes)]));

const texts: readonly Value[] = [
  ['empty', text('')],
  ['huge', text(canary.repeat(12_000))],
  ['NUL', text(`${canary}\0`)],
  ['JSON', text(`{"type":"${canary}","__proto__":{"polluted":true}}`)],
  ['deep JSON', text('['.repeat(20_000))],
  ['not UTF-8', spoiled(0xff, 0xc0, 0xaf)],
  ['lone surrogate', spoiled(0xed, 0xa0, 0x80)],
  ['cut sequence', spoiled(0xf0, 0x9f, 0x8c)],
  ['SQL', text(`${canary}'; drop table threadstore.threads; --`)],
  ['pattern', text(`(${canary}+)+$ %_\\`)],
  ['control characters', text(`${canary}\u001b[2J\r\n\t\u202e\ufeff`)],
  ['path', text(`../../${canary}/\u{1f600}`)],
  ['number in its place', varint(7n)],
];

const numbers: readonly Value[] = [
  ['0', varint(0n)],
  ['1', varint(1n)],
  ['-1', varint(-1n)],
  ['77', varint(77n)],
  ['2^31-1', varint(2n ** 31n - 1n)],
  ['2^31', varint(2n ** 31n)],
  ['-2^31', varint(-(2n ** 31n))],
  ['2^53', varint(2n ** 53n)],
  ['2^63-1', varint(2n ** 63n - 1n)],
  ['2^63', varint(2n ** 63n)],
  ['text in its place', text(canary)],
];

const messages: readonly Value[] = [
  ['empty', lengthDelimited(Buffer.alloc(0))],
  ['text in its place', text(`${canary}\uffff`)],
  ['number in its place', varint(7n)],
];

const ids: readonly (readonly [name: string, id: (ids: KnownIds) => string])[] = [
  ['an absent thread', ({ absent }) => absent],
  ['a deleted thread', ({ deleted }) => deleted],
  ['upper case', ({ own }) => own.toUpperCase()],
  ['malformed', ({ own }) => `{${own}}`],
  ['nil', () => '00000000-0000-0000-0000-000000000000'],
  ['36 letters', () => canary.repeat(6)],
];

/** Whether a field names a thread. Those that name something else may be tried as if they did. */
function isId({ name, oneof }: DescField): boolean {
  return name.endsWith('_id') || oneof?.name === 'relation';
}

function isText(field: DescField): boolean {
  const { scalar } = field;
  return scalar === ScalarType.STRING || scalar === ScalarType.BYTES;
}

function valuesOf(field: DescField): readonly Value[] {
  if (field.message !== undefined) return messages;
  return isText(field) ? texts : numbers;
}

/** Fields of the request and of the messages within it, each with its way. A message within itself is gone into once. */
function fieldsOf(message: DescMessage, way: readonly DescField[] = []): readonly (readonly DescField[])[] {
  return message.fields.flatMap((field) => {
    const path = [...way, field];
    const inner = field.message;
    if (inner === undefined || way.some((outer) => outer.message === inner)) return [path];
    return [path, ...fieldsOf(inner, path)];
  });
}

function withField({ number }: DescField, write: Write): Uint8Array {
  const writer = new BinaryWriter();
  write(writer, number);
  return writer.finish();
}

/** Fields that a request has when nothing is wrong with it: a live thread, its first writer's first batch. */
function honestFields(message: DescMessage, { own, live }: KnownIds): Uint8Array {
  const parts = message.fields.map((field) => {
    const { name, number } = field;
    const writer = new BinaryWriter();
    if (name === 'thread_id') text(own)(writer, number);
    else if (name === 'source_thread_id') text(live)(writer, number);
    else if (name === 'epoch') varint(1n)(writer, number);
    else if (name === 'items' || name === 'items_json') text(`{"type":"${canary}"}`)(writer, number);
    else if (name === 'search_term' && field.presence === FeatureSet_FieldPresence.IMPLICIT)
      text(canary)(writer, number);
    return writer.finish();
  });
  return Buffer.concat(parts);
}

/** A request with which nothing is wrong. */
export function honestRequest({ input }: Pick<DescMethod, 'input'>, known: KnownIds): Uint8Array {
  return honestFields(input, known);
}

/**
 * Every field of a method's request with every value that it may not like, beside fields that are as they should be. Made from the
 * descriptor: a new method, or a new field, is among them.
 */
export function fieldCases({ input }: Pick<DescMethod, 'input'>): readonly FieldCase[] {
  return fieldsOf(input).flatMap((path) => {
    const field = path.at(-1);
    if (field === undefined) return [];
    const name = path.map((one) => one.name).join('.');
    const plain = valuesOf(field).map(([value, write]): FieldCase => ({
      field: name,
      value,
      bytes: (known) => among(path, known, write),
    }));
    if (!isId(field) || !isText(field)) return plain;
    const named = ids.map(([value, id]): FieldCase => ({
      field: name,
      value,
      bytes: (known) => among(path, known, text(id(known))),
    }));
    return [...plain, ...named];
  });
}

/** What stands last counts, and messages that come twice are merged: the bad value goes behind the good ones of its message. */
function among(path: readonly DescField[], known: KnownIds, write: Write): Uint8Array {
  const [field, ...deeper] = path;
  const parent = field?.parent;
  if (field === undefined || parent === undefined) throw new TypeError('no field');
  const good = honestFields(parent, known);
  if (deeper.length === 0) return Buffer.concat([good, withField(field, write)]);
  const inner = among(deeper, known, write);
  return Buffer.concat([good, withField(field, lengthDelimited(inner))]);
}
