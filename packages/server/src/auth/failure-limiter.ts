import { Counts } from '../limits/counts.ts';
import { networkOfPeer } from '../limits/network.ts';

export interface FailureLimiterOptions {
  /** Failures that an address may have at once. */
  readonly burst: number;
  /** After that, one in so many milliseconds. */
  readonly everyMs: number;
  /** Addresses that are kept in mind; beyond, the ones that failed longest ago are forgotten. */
  readonly addressesMax: number;
}

/** Of one address: a proxy may have many behind it, whose tokens are all new after a start. */
const atOnceMax = 100;

const usual: FailureLimiterOptions = { burst: 20, everyMs: 1_000, addressesMax: 10_000 };

/**
 * Counts failures by the address that they came from: a bucket of tokens for each. What fails beyond them is told to come back later, and
 * nothing costly is done for it. Good credentials are never refused by it: a proxy, or a network behind one address, would be shut
 * out by whoever fails in its midst.
 */
export class FailureLimiter {
  readonly #options: FailureLimiterOptions;
  /** When the bucket of an address is full again, those that failed longest ago first. An address without an entry has a full one. */
  readonly #fullAt = new Map<string, number>();
  readonly #underWay = new Counts();

  constructor(options: Partial<FailureLimiterOptions> = {}) {
    this.#options = { ...usual, ...options };
  }

  /** How long until the address may fail again, in milliseconds; 0 when it may. */
  waitMs(peer: string, now = performance.now()): number {
    const { burst, everyMs } = this.#options;
    const fullAt = this.#fullAt.get(networkOfPeer(peer)) ?? now;
    return Math.max(0, Math.ceil(fullAt - now - (burst - 1) * everyMs));
  }

  /**
   * Does what costs something, and may fail: of one address not more at once than a hundred, for their failures count when they are over.
   * `undefined`: it was not done.
   */
  async within<T>(peer: string, work: () => Promise<T>): Promise<T | undefined> {
    const address = networkOfPeer(peer);
    if (this.#underWay.of(address) >= atOnceMax) return undefined;
    this.#underWay.add(address);
    try {
      return await work();
    } finally {
      this.#underWay.remove(address);
    }
  }

  /** Counts a failure that `waitMs` admits. */
  failed(peer: string, now = performance.now()): void {
    const { everyMs, addressesMax } = this.#options;
    const address = networkOfPeer(peer);
    const fullAt = Math.max(now, this.#fullAt.get(address) ?? now) + everyMs;
    this.#fullAt.delete(address);
    this.#fullAt.set(address, fullAt);
    for (const [oldest, at] of this.#fullAt) {
      if (at > now && this.#fullAt.size <= addressesMax) break;
      this.#fullAt.delete(oldest);
    }
  }
}
