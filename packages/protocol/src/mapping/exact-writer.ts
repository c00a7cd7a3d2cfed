import type { DescField } from '@bufbuild/protobuf';

/** The tag of a field that holds bytes, a text or a message. */
export function bytesTag(field: DescField): number {
  return (field.number << 3) | 2;
}

/** The tag of a field that holds an integer. */
export function varintTag(field: DescField): number {
  return field.number << 3;
}

const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);

/** How many bytes a varint takes. */
function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

/** How many bytes a field takes that holds so many bytes. */
export function bytesFieldSize(tag: number, byteLength: number): number {
  return varintSize(tag) + varintSize(byteLength) + byteLength;
}

/** How many bytes an integer field takes. One that is 0 is left out. */
export function varintFieldSize(tag: number, value: bigint): number {
  if (value === 0n) return 0;
  let size = varintSize(tag);
  let rest = value;
  for (; rest > maxSafe; rest >>= 7n) size += 1;
  return size + varintSize(Number(rest));
}

/** Writes fields of a message into a buffer of exactly its size: nothing is copied twice, and nothing is allocated. */
export class ExactWriter {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  bytesField(tag: number, bytes: Uint8Array): void {
    this.#varint(tag);
    this.#varint(bytes.byteLength);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.byteLength;
  }

  /** `byteLength`: of the text in UTF-8. */
  textField(tag: number, text: string, byteLength: number): void {
    this.#varint(tag);
    this.#varint(byteLength);
    this.#at += this.#bytes.write(text, this.#at, byteLength, 'utf8');
  }

  /** A repeated field. */
  textFields(tag: number, texts: readonly string[], byteLengths: readonly number[]): void {
    for (let index = 0; index < texts.length; index += 1) {
      this.textField(tag, texts[index] ?? '', byteLengths[index] ?? 0);
    }
  }

  varintField(tag: number, value: bigint): void {
    if (value === 0n) return;
    this.#varint(tag);
    let rest = value;
    for (; rest > maxSafe; rest >>= 7n) this.#byte(Number(rest & 0x7fn) | 0x80);
    this.#varint(Number(rest));
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#byte((rest % 0x80) | 0x80);
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.#bytes[this.#at] = value;
    this.#at += 1;
  }
}
