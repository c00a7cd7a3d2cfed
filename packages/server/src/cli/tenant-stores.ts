import type { ThreadStore } from '@threadstore/core';
import type { Principal } from '../auth/principal.ts';
import type { Arrival, Gate } from '../rpc/gate.ts';

export interface TenantStoresOptions {
  readonly open: (tenant: string) => ThreadStore;
  /** A store that no call uses is closed after so long. Default: five minutes. */
  readonly idleMs?: number;
  /** Stores that no call uses and that stay open all the same, at most. Default 256. */
  readonly idleMax?: number;
}

interface Opened {
  readonly store: ThreadStore;
  /** Calls under way, and whoever holds it for good. */
  users: number;
  idleSince: number;
}

const idleMsDefault = 5 * 60_000;
const idleMaxDefault = 256;

/** The store of each tenant, opened by its first call. A gate, after that which finds out who calls: it knows what is in use. */
export class TenantStores implements Gate, AsyncDisposable {
  readonly #options: Required<TenantStoresOptions>;
  /** Those that became idle longest ago come first among the idle. */
  readonly #opened = new Map<string, Opened>();
  readonly #closing = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: TenantStoresOptions) {
    this.#options = { idleMs: idleMsDefault, idleMax: idleMaxDefault, ...options };
    this.#timer = setInterval(() => this.#closeIdle(), this.#options.idleMs / 2).unref();
  }

  /** How many are open. */
  get size(): number {
    return this.#opened.size;
  }

  enter({ record, onEnd }: Arrival): void {
    if (!record.isOwn) return;
    const { tenant } = record.principal;
    const opened = this.#take(tenant);
    onEnd(() => {
      this.#release(tenant, opened);
    });
  }

  /** For a call that has passed. */
  readonly of = ({ tenant }: Principal): ThreadStore => this.#get(tenant).store;

  /** A store that stays open until the end. */
  hold(tenant: string): ThreadStore {
    return this.#take(tenant).store;
  }

  /** For when no call is left: closes all. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const [tenant, opened] of this.#opened) this.#close(tenant, opened);
    await Promise.all(this.#closing);
  }

  #get(tenant: string): Opened {
    let opened = this.#opened.get(tenant);
    if (opened === undefined) {
      opened = { store: this.#options.open(tenant), users: 0, idleSince: performance.now() };
      this.#opened.set(tenant, opened);
    }
    return opened;
  }

  #take(tenant: string): Opened {
    const opened = this.#get(tenant);
    opened.users += 1;
    return opened;
  }

  #release(tenant: string, opened: Opened): void {
    opened.users -= 1;
    if (opened.users > 0) return;
    opened.idleSince = performance.now();
    this.#opened.delete(tenant);
    this.#opened.set(tenant, opened);
  }

  #closeIdle(): void {
    const { idleMs, idleMax } = this.#options;
    const idle = [...this.#opened].filter(([, { users }]) => users === 0);
    const before = performance.now() - idleMs;
    for (const [index, [tenant, opened]] of idle.entries()) {
      if (opened.idleSince <= before || idle.length - index > idleMax) this.#close(tenant, opened);
    }
  }

  /** One that is closed is not used again: the next call of its tenant opens another. */
  #close(tenant: string, { store }: Opened): void {
    this.#opened.delete(tenant);
    const closing = store.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    // Told to who waits for all of them at the end. Until then nobody does, and no call needs it.
    closing.catch(() => undefined);
  }
}
