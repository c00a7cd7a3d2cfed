import type { Readable } from 'node:stream';

/** Before each message of gRPC: whether it is compressed, and its length. */
const headerBytes = 5;

export interface MessageBounds {
  /** What is longer is refused by grpc-js as soon as it has the header. */
  readonly bytesMax: number;
  /**
   * Told of each message when its header has come, with the bytes that it may have once it is read. It comes when what is returned
   * resolves, and never when that rejects.
   */
  readonly onHeader: (bytes: number) => Promise<void> | undefined;
}

type Listener = (...args: unknown[]) => void;

/**
 * Stands between the stream of a call and grpc-js, which gathers a message in memory whatever its length is: lets the header of a message
 * pass and holds back what is behind it. What the flow-control window admits is then all that there is of it.
 */
export class MessageGate {
  readonly #stream: Readable;
  readonly #bounds: MessageBounds;
  readonly #onData: Listener;
  readonly #onEnd: Listener;
  readonly #header = Buffer.alloc(headerBytes);
  #headerRead = 0;
  #bodyLeft = 0;
  /** What has come behind a header that waits; absent when none does. */
  #held: Buffer[] | undefined;
  #hasEnded = false;
  /** Nobody will have what still comes. */
  #isRefused = false;

  /** Takes the place of grpc-js' listeners. Nothing may have been read yet. */
  constructor(stream: Readable, bounds: MessageBounds) {
    this.#stream = stream;
    this.#bounds = bounds;
    this.#onData = takeOver(stream, 'data');
    this.#onEnd = takeOver(stream, 'end');
    stream.on('data', (chunk: Buffer) => this.#data(chunk));
    stream.on('end', () => {
      if (this.#held === undefined) this.#onEnd();
      else this.#hasEnded = true;
    });
    // Listening makes a stream flow that nobody has paused.
    stream.pause();
  }

  #data(chunk: Buffer): void {
    if (this.#isRefused) return;
    if (this.#held === undefined) {
      this.#pass(chunk);
    } else {
      this.#held.push(chunk);
      this.#stream.pause();
    }
  }

  #pass(chunk: Buffer): void {
    for (let at = 0; at < chunk.byteLength;) {
      if (this.#bodyLeft > 0) {
        const read = Math.min(this.#bodyLeft, chunk.byteLength - at);
        this.#bodyLeft -= read;
        at += read;
        continue;
      }
      this.#header[this.#headerRead] = chunk[at] ?? 0;
      this.#headerRead += 1;
      at += 1;
      if (this.#headerRead < headerBytes) continue;
      const ready = this.#headerHasCome();
      if (ready === undefined) continue;
      // First, for what comes of it may pause the stream or end the call.
      this.#held = [chunk.subarray(at)];
      this.#onData(chunk.subarray(0, at));
      this.#stream.pause();
      void ready.then(
        () => this.#release(),
        () => this.#drop(),
      );
      return;
    }
    this.#onData(chunk);
  }

  #headerHasCome(): Promise<void> | undefined {
    const isCompressed = this.#header[0] === 1;
    const bytes = this.#header.readUInt32BE(1);
    this.#headerRead = 0;
    this.#bodyLeft = bytes;
    if (bytes > this.#bounds.bytesMax) return undefined;
    // How long a compressed message gets is known when it is too late.
    return this.#bounds.onHeader(isCompressed ? this.#bounds.bytesMax : bytes);
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    // Before what is delivered: grpc-js pauses the stream again when it has a message.
    this.#stream.resume();
    for (const [index, chunk] of held.entries()) {
      this.#pass(chunk);
      if (this.#held === undefined) continue;
      this.#holdAlso(held.slice(index + 1));
      return;
    }
    if (this.#hasEnded) this.#onEnd();
  }

  #drop(): void {
    this.#isRefused = true;
    this.#held = undefined;
    this.#stream.resume();
  }

  #holdAlso(chunks: readonly Buffer[]): void {
    this.#held?.push(...chunks);
  }
}

function takeOver(stream: Readable, event: 'data' | 'end'): Listener {
  const [listener] = stream.listeners(event) as Listener[];
  if (listener === undefined) throw new TypeError(`grpc-js: does not listen to ${event}`);
  stream.off(event, listener);
  return listener;
}
