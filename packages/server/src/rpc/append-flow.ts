/** How much may be unanswered before a stream of appends is read no further, and how long one lasts. All at least 1. */
export interface AppendStreamLimits {
  /** Bytes of the appends of one stream. Default 8 MiB. */
  readonly streamBytesMax: number;
  /** Appends, and renewals, of one stream. Default 4,096. */
  readonly streamBatchesMax: number;
  /** Bytes of the appends of all streams of the server. Default 64 MiB. */
  readonly serverBytesMax: number;
  /** Appends, and renewals, of all streams of the server. Default 65,536. */
  readonly serverBatchesMax: number;
  /**
   * Milliseconds. A stream ends then, with OK and after its answers, and its client opens another: on a replica that came later,
   * or a new connection. Default 5 minutes.
   */
  readonly ageMsMax: number;
}

const MiB = 1024 * 1024;

export const defaultAppendStreamLimits: AppendStreamLimits = {
  streamBytesMax: 8 * MiB,
  streamBatchesMax: 4_096,
  serverBytesMax: 64 * MiB,
  serverBatchesMax: 65_536,
  // Within the grace that a connection is given which is too old.
  ageMsMax: 5 * 60_000,
};

/** What is under way: given to the store, or answered and the answer not yet on its way. */
class Load {
  readonly #bytesMax: number;
  readonly #countMax: number;
  /** Those who wait for it to get less than full. */
  readonly waiting = new Set<() => void>();
  #bytes = 0;
  #count = 0;

  constructor(bytesMax: number, countMax: number) {
    this.#bytesMax = bytesMax;
    this.#countMax = countMax;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#bytesMax || this.#count >= this.#countMax;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  change(bytes: number, count: number): void {
    this.#bytes += bytes;
    this.#count += count;
    if (this.waiting.size > 0 && !this.isFull) for (const wake of this.waiting) wake();
  }
}

/**
 * Keeps the memory of appends under way within bounds: appends of a stream are given to the store while its own load and that of
 * the whole server are below their limits. The last append of each stream may go beyond them, and the message that it came in
 * and what the stream's flow-control window holds come on top.
 */
export class AppendFlow {
  readonly #limits: AppendStreamLimits;
  readonly #server: Load;

  constructor(limits: AppendStreamLimits) {
    this.#limits = limits;
    this.#server = new Load(limits.serverBytesMax, limits.serverBatchesMax);
  }

  /** The flow of one more stream. */
  open(): StreamFlow {
    return new StreamFlow(new Load(this.#limits.streamBytesMax, this.#limits.streamBatchesMax), this.#server);
  }
}

/** The flow of one stream. */
export class StreamFlow {
  readonly #stream: Load;
  readonly #server: Load;
  #isClosed = false;
  #wake = (): void => undefined;

  constructor(stream: Load, server: Load) {
    this.#stream = stream;
    this.#server = server;
  }

  /**
   * Whether one more may be taken. A stream of which nothing is under way may always take one: else a few callers who don't take
   * their answers could stop all others.
   */
  get hasRoom(): boolean {
    return !this.#stream.isFull && (this.#stream.isEmpty || !this.#server.isFull);
  }

  /** So much was taken. */
  take(bytes: number, count: number): void {
    this.#stream.change(bytes, count);
    this.#server.change(bytes, count);
  }

  /** So much of it is answered. */
  give(bytes: number, count: number): void {
    this.#stream.change(-bytes, -count);
    this.#server.change(-bytes, -count);
    if (this.hasRoom) this.#wake();
  }

  /** Resolves when there is room, or when the flow is closed. */
  async room(): Promise<void> {
    while (!this.#isClosed && !this.hasRoom) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#server.waiting.add(resolve);
      });
      this.#server.waiting.delete(this.#wake);
    }
  }

  /** Ends the wait for room, for good. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }
}
