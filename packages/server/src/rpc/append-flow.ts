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

/** How fast more may come. */
export interface FlowRate {
  /** So much was taken, even if it may not come yet. */
  take(bytes: number, count: number): void;
  /** Milliseconds until more may come; 0 when it may now. */
  readonly waitMs: number;
}

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

  /** The flow of one more stream, of a tenant with such a rate. */
  open(rate: FlowRate): StreamFlow {
    return new StreamFlow(new Load(this.#limits.streamBytesMax, this.#limits.streamBatchesMax), this.#server, rate);
  }
}

/** The flow of one stream. */
export class StreamFlow {
  readonly #stream: Load;
  readonly #server: Load;
  readonly #rate: FlowRate;
  #isClosed = false;
  #wake = (): void => undefined;

  constructor(stream: Load, server: Load, rate: FlowRate) {
    this.#stream = stream;
    this.#server = server;
    this.#rate = rate;
  }

  /**
   * Whether one more may be taken. A stream of which nothing is under way may always take one: else a few callers who don't take
   * their answers could stop all others. None while the tenant has sent more than its rate.
   */
  get hasRoom(): boolean {
    return !this.#stream.isFull && (this.#stream.isEmpty || !this.#server.isFull) && this.#rate.waitMs === 0;
  }

  /** So much was taken. */
  take(bytes: number, count: number): void {
    this.#stream.change(bytes, count);
    this.#server.change(bytes, count);
    this.#rate.take(bytes, count);
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
      let slow: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#server.waiting.add(resolve);
        const { waitMs } = this.#rate;
        if (waitMs > 0) slow = setTimeout(resolve, waitMs);
      });
      clearTimeout(slow);
      this.#server.waiting.delete(this.#wake);
    }
  }

  /** Ends the wait for room, for good. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }
}
