import type { CallKind } from '../rpc/gate.ts';
import type { Room } from './back-pressure.ts';
import { Permits } from './permits.ts';
import { Pushback } from './pushback.ts';
import type { ServiceLimits } from './service-limits.ts';
import { TokenBucket } from './token-bucket.ts';

/** What a tenant may send in a second. */
export class TenantRate implements Room {
  readonly #calls: TokenBucket;
  readonly #bytes: TokenBucket;

  constructor({ tenantRate, tenantBytesRate }: ServiceLimits) {
    this.#calls = new TokenBucket(tenantRate);
    this.#bytes = new TokenBucket(tenantBytesRate);
  }

  take(bytes: number, calls: number): void {
    if (bytes > 0) this.#bytes.take(bytes);
    if (calls > 0) this.#calls.take(calls);
  }

  /** So many bytes of what was taken were not sent after all. */
  giveBytes(bytes: number): void {
    this.#bytes.give(bytes);
  }

  /** Milliseconds until the tenant may send again; 0 when it may now. */
  get waitMs(): number {
    return Math.max(this.#calls.waitMs, this.#bytes.waitMs);
  }

  get isTight(): boolean {
    return this.waitMs > 0;
  }

  /** Whether it has sent nothing of late. */
  get isIdle(): boolean {
    return this.#calls.isFull && this.#bytes.isFull;
  }
}

/** What a tenant has under way, and has sent of late. */
export interface TenantLoad {
  readonly calls: Readonly<Record<CallKind, Permits>>;
  readonly bytes: Permits;
  readonly rate: TenantRate;
  readonly pushback: Pushback;
}

/** Whether a new one is as good. */
export function isIdle({ calls, bytes, rate }: TenantLoad): boolean {
  return [...Object.values(calls), bytes].every(({ held }) => held === 0) && rate.isIdle;
}

export function tenantLoad(limits: ServiceLimits): TenantLoad {
  return {
    calls: {
      unary: new Permits(limits.tenantCallsMax),
      read: new Permits(limits.tenantReadStreamsMax),
      append: new Permits(limits.tenantAppendStreamsMax),
    },
    bytes: new Permits(limits.tenantRequestBytesMax),
    rate: new TenantRate(limits),
    pushback: new Pushback(),
  };
}
