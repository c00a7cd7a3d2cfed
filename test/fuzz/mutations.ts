import { gzipSync } from 'node:zlib';
import { frame } from '@threadstore/testkit';
import { pick, type Random } from '../faults/random.ts';
import { canary } from './corpus.ts';

type Mutate = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const bitFlips: Mutate = (bytes, random) => {
  const flipped = Buffer.from(bytes);
  for (let flips = random.integer(1, 8); flips > 0 && flipped.length > 0; flips -= 1) {
    const at = random.integer(0, flipped.length - 1);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.integer(0, 7));
  }
  return flipped;
};

const truncation: Mutate = (bytes, random) => bytes.subarray(0, random.integer(0, bytes.length));

/** A byte becomes a large or a small length, or another tag. */
const lie: Mutate = (bytes, random) => {
  const lying = Buffer.from(bytes);
  if (lying.length > 0) lying[random.integer(0, lying.length - 1)] = pick([0, 1, 0x7f, 0x80, 0xff], random.next());
  return lying;
};

const splice: Mutate = (bytes, random, other) =>
  Buffer.concat([truncation(bytes, random, other), other.subarray(random.integer(0, other.length))]);

const insertion: Mutate = (bytes, random) => {
  const at = random.integer(0, bytes.length);
  return Buffer.concat([bytes.subarray(0, at), noise(random), bytes.subarray(at)]);
};

const repetition: Mutate = (bytes, random) =>
  Buffer.concat(Array.from({ length: random.integer(2, random.chance(0.01) ? 500 : 5) }, () => bytes));

/** A field of any number and wire type, of which the bytes behind it may be the value. */
const strangeField: Mutate = (bytes, random) => {
  const tag = (random.integer(1, 40) << 3) | random.integer(0, 7);
  return Buffer.concat([bytes, Buffer.from([tag & 0x7f, random.integer(0, 127)]), noise(random)]);
};

const nothingLeft: Mutate = (_bytes, random) => noise(random);

const ways: readonly Mutate[] = [bitFlips, truncation, lie, splice, insertion, repetition, strangeField, nothingLeft];

function noise(random: Random): Buffer {
  const bytes = Buffer.alloc(random.integer(0, random.chance(0.02) ? 4_000 : 24));
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = random.integer(0, 255);
  return random.chance(0.5) ? Buffer.concat([bytes, Buffer.from(canary)]) : bytes;
}

/** The message, changed in one way or in several. */
export function mutated(message: Buffer, random: Random, other: Buffer): Buffer {
  let bytes = message;
  for (let times = random.chance(0.7) ? 1 : random.integer(2, 4); times > 0; times -= 1)
    bytes = pick(ways, random.next())(bytes, random, other);
  return bytes;
}

/** What stands in for the frame of a message: frames that lie, are compressed or cut, come several at once, or are none. */
const frames: readonly ((message: Buffer, random: Random) => Buffer)[] = [
  (message, random) => frame(message, random.integer(0, 2 ** 32 - 1)),
  (message, random) => frame(message, Math.max(0, message.length + random.integer(-5, 5))),
  (message, random) => frame(message, message.length, random.integer(1, 255)),
  (message) => frame(gzipSync(message), undefined, 1),
  (message, random) => frame(bitFlips(gzipSync(message), random, message), undefined, 1),
  (message, random) => frame(truncation(gzipSync(message), random, message), undefined, 1),
  (message, random) => Buffer.concat(Array.from({ length: random.integer(2, 20) }, () => frame(message))),
  (message) => Buffer.concat([frame(message), Buffer.from(canary)]),
  (message, random) => truncation(frame(message), random, message),
  (message) => message,
  () => Buffer.alloc(0),
];

export function strangeFrame(message: Buffer, random: Random): Buffer {
  return pick(frames, random.next())(message, random);
}
