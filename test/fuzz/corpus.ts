import { ScalarType, type DescField, type DescMessage, type DescMethod } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { pick, type Random } from '../faults/random.ts';

/** Stands in every text that is sent, so that it can be looked for where nothing of a request may be. */
export const canary = 'kanarienvogel';

const depthMax = 4;
const idsKept = 64;

/** Threads that requests are about. Most were made by one of them, and some were deleted since. */
export class ThreadIds {
  readonly #random: Random;
  readonly #ids: string[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** One of the last that there were. */
  known(): string {
    return this.#ids.length === 0 ? this.fresh() : pick(this.#ids, this.#random.next());
  }

  fresh(): string {
    const hex = Array.from({ length: 32 }, () => this.#random.integer(0, 15).toString(16)).join('');
    const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
    this.#ids.push(id);
    if (this.#ids.length > idsKept) this.#ids.shift();
    return id;
  }
}

interface Source {
  readonly random: Random;
  readonly ids: ThreadIds;
  /** Whether the request is one for a new thread. */
  readonly makesThread: boolean;
}

/** The bytes of a request that a client might make, most of whose fields are as they should be. Made from the descriptor. */
export function randomRequest({ input, name }: DescMethod, random: Random, ids: ThreadIds): Buffer {
  const makesThread = /^(Create|Fork)/.test(name) && random.chance(0.8);
  return Buffer.from(randomMessage(input, { random, ids, makesThread }, 0));
}

function randomMessage(message: DescMessage, source: Source, depth: number): Uint8Array {
  const { random } = source;
  const writer = new BinaryWriter();
  for (const field of message.fields) {
    if (!isSet(field, random, depth)) continue;
    const times = field.fieldKind === 'list' ? random.integer(1, 3) : 1;
    for (let time = 0; time < times; time += 1) write(writer, field, source, depth);
  }
  return writer.finish();
}

function isSet({ name, message, oneof }: DescField, random: Random, depth: number): boolean {
  if (/^(thread_id|source_thread_id|items|appends|epoch|sequence)$/.test(name)) return true;
  if (message !== undefined && depth >= depthMax) return false;
  return random.chance(oneof === undefined ? 0.12 : 0.3);
}

function write(writer: BinaryWriter, field: DescField, source: Source, depth: number): void {
  const { number, message, scalar, name } = field;
  const { random } = source;
  if (message !== undefined) {
    writer.tag(number, WireType.LengthDelimited).bytes(randomMessage(message, source, depth + 1));
  } else if (scalar === ScalarType.STRING || scalar === ScalarType.BYTES) {
    writer.tag(number, WireType.LengthDelimited).bytes(Buffer.from(randomText(field, source)));
  } else {
    const most = name === 'epoch' || name === 'sequence' ? 1 : 2;
    writer.tag(number, WireType.Varint).uint64(BigInt(random.integer(name === 'epoch' ? 1 : 0, most)));
  }
}

function randomText({ name, oneof }: DescField, { random, ids, makesThread }: Source): string {
  if (name === 'thread_id' && makesThread) return ids.fresh();
  if (name.endsWith('_id') || oneof?.name === 'relation') return ids.known();
  if (name === 'items' || name.endsWith('_json')) return item(random);
  return `${canary} ${'x'.repeat(random.integer(0, 20))}`;
}

function item(random: Random): string {
  const text = canary.repeat(random.integer(1, random.chance(0.01) ? 2_000 : 8));
  return JSON.stringify({ type: 'event_msg', payload: { type: 'user_message', message: text } });
}
