import type { ThreadStoreError } from '@threadstore/core';
import type { Arrival, CallKind, Gate } from '../rpc/gate.ts';
import { BackPressure, type Room, type Whose } from './back-pressure.ts';
import { otherCallsMax, OtherCalls } from './other-calls.ts';
import { overloaded } from './overloaded.ts';
import { Permits, type Patience } from './permits.ts';
import { Pushback } from './pushback.ts';
import { defaultServiceLimits, type ServiceLimits } from './service-limits.ts';
import { isIdle, tenantLoad, type TenantLoad, type TenantRate } from './tenant-load.ts';

/** Long enough for a burst to pass, and short enough for a refusal to come at once. */
const waitMs = 20;
/** Of calls, and of large requests: what the server gets done while they wait. */
const waitingMax = 1_024;
/** Of a tenant's calls: what it gets done in that time, so that the others are told at once. */
const waitingOfTenantMax = 64;
/** Requests up to this size wait for no room: all calls that may be under way hold no more of them than that many times. */
const smallBytesMax = 64 * 1024;

/** Beyond so many tenants those that have nothing under way are looked for, and forgotten. */
const tenantsKept = 1_000;

const names: Readonly<Record<CallKind, string>> = {
  unary: 'calls',
  read: 'streams that read',
  append: 'streams of appends',
};

/**
 * Keeps what is under way on a server within bounds: calls before anything of them is read, and the bytes of a request as soon as its
 * first bytes tell how many they are. What is refused has had no effect, and is told when to come again.
 */
export class Admission implements Gate {
  readonly limits: ServiceLimits;
  readonly #calls: Readonly<Record<CallKind, Permits>>;
  readonly #bytes: Permits;
  readonly #arrived: Permits;
  readonly #pushback = new Pushback();
  /** Of the connections that the calls come from. */
  readonly backPressure = new BackPressure();
  readonly #others = new OtherCalls();
  /** What is to be told when the request of a call has come. */
  readonly #expected = new WeakMap<Arrival, () => void>();
  readonly #tenants = new Map<string, TenantLoad>();
  #sweepAt = tenantsKept;

  constructor(limits: Partial<ServiceLimits> = {}) {
    this.limits = { ...defaultServiceLimits, ...limits };
    this.#calls = {
      unary: new Permits(this.limits.callsMax),
      read: new Permits(this.limits.readStreamsMax),
      append: new Permits(this.limits.appendStreamsMax),
    };
    this.#bytes = new Permits(this.limits.requestBytesMax);
    const { callsMax, readStreamsMax, appendStreamsMax } = this.limits;
    const otherKinds = Object.keys(this.#calls).length;
    this.#arrived = new Permits(callsMax + readStreamsMax + appendStreamsMax + otherKinds * otherCallsMax + waitingMax);
  }

  /** Bounds what other gates keep waiting, so it stands before them: no more calls come near than could be let in, or wait for it. */
  readonly arrivals: Gate = {
    enter: (arrival) => {
      if (!this.#arrived.hasRoom(1)) {
        throw this.#refusal(arrival, this.#arrived, 'all', 'too many calls are under way');
      }
      this.#arrived.take(1);
      arrival.onEnd(() => this.#arrived.give(1));
    },
  };

  /** What a tenant may send in a second. */
  rateOf(tenant: string): TenantRate {
    return this.#loadOf(tenant).rate;
  }

  /** Bytes of requests that are under way. */
  get requestBytes(): number {
    return this.#bytes.held;
  }

  /** How many are kept in mind. */
  get tenants(): number {
    return this.#tenants.size;
  }

  enter(arrival: Arrival): Promise<void> | void {
    const { record, kind } = arrival;
    if (!record.isOwn) {
      const lack = this.#others.enter(arrival);
      if (lack !== undefined) throw this.#refusal(arrival, lack.room, lack.whose, lack.message, lack.pushback);
      return;
    }
    const tenant = this.#loadOf(record.principal.tenant);
    const ofTenant = tenant.calls[kind];
    this.backPressure.carries(arrival.peer, record.principal.tenant);
    if (tenant.rate.isTight) {
      throw this.#refusal(arrival, tenant.rate, 'tenant', 'the tenant sends more than its rate');
    }
    this.#expect(arrival);
    const first = this.#turn(ofTenant, arrival, 'tenant', `the tenant has too many ${names[kind]} under way`);
    const second = (): Promise<void> | void => {
      tenant.rate.take(0, 1);
      return this.#turn(this.#calls[kind], arrival, 'all', `too many ${names[kind]} are under way`);
    };
    return first === undefined ? second() : first.then(second);
  }

  /** Takes a place for a call until its end: at once, or when it is its turn. */
  #turn(places: Permits, arrival: Arrival, whose: Whose, message: string): Promise<void> | void {
    const give = (): void => void arrival.onEnd(() => places.give(1));
    if (places.hasRoom(1)) {
      places.take(1);
      return give();
    }
    const refusal = (): ThreadStoreError => this.#refusal(arrival, places, whose, message);
    // What waits would be let in when nobody reads its request.
    if (this.backPressure.isLeaving(arrival.peer)) throw refusal();
    const line = whose === 'tenant' ? ofTenantInTurn : inTurn;
    return wait(places, 1, arrival, refusal, line).then(give);
  }

  /**
   * Lets a message of so many bytes come: at once, or when it resolves. `done` says that it holds them no more, which the end of its call
   * says too. A call waits as short as for its turn and is refused then; a stream waits for as long as it takes.
   */
  receive(arrival: Arrival, bytes: number): Receipt {
    const tenant = this.#loadOf(arrival.record.principal.tenant);
    // Not before it is let in: who is refused sends it again. An append of a stream is counted where it is taken out of its message.
    const count = (): void => {
      if (arrival.kind !== 'append') tenant.rate.take(bytes, 0);
    };
    let isHeld = true;
    let counted = bytes;
    const held: Permits[] = [];
    let forget = (): void => undefined;
    const done = (): void => {
      isHeld = false;
      forget();
      for (const permits of held.splice(0)) permits.give(counted);
    };
    const came = (actual = counted): void => {
      this.#expected.get(arrival)?.();
      const spared = counted - actual;
      if (!isHeld || spared <= 0) return;
      counted = actual;
      if (arrival.kind !== 'append') tenant.rate.giveBytes(spared);
      for (const permits of held) permits.give(spared);
    };
    forget = arrival.onEnd(done);
    const take = (permits: Permits): void => {
      if (isHeld) held.push(permits);
      else permits.give(bytes);
    };
    const all = [tenant.bytes, this.#bytes];
    if (bytes <= smallBytesMax || all.every((permits) => permits.hasRoom(bytes))) {
      for (const permits of all) {
        permits.take(bytes);
        take(permits);
      }
      count();
      return { came, done };
    }
    return { ready: this.#room(all, bytes, arrival, take).then(count), came, done };
  }

  async #room(all: readonly Permits[], bytes: number, arrival: Arrival, take: (from: Permits) => void): Promise<void> {
    for (const permits of all) {
      const whose = permits === this.#bytes ? 'all' : 'tenant';
      const full = (): ThreadStoreError =>
        this.#refusal(arrival, permits, whose, 'too many bytes of requests are under way');
      if (permits.hasRoom(bytes)) permits.take(bytes);
      else await wait(permits, bytes, arrival, full);
      take(permits);
    }
  }

  /** The request is to come of a call that is let in, now or when it is its turn. */
  #expect(arrival: Arrival): void {
    if (arrival.kind !== 'unary') return;
    const came = this.backPressure.expects(arrival.peer);
    this.#expected.set(arrival, came);
    arrival.onEnd(came);
  }

  #refusal(
    arrival: Arrival,
    room: Room,
    whose: Whose,
    message: string,
    pushback: Pushback = this.#pushback,
  ): ThreadStoreError {
    const { peer, kind, record } = arrival;
    const tenant = whose === 'tenant' ? this.#loadOf(record.principal.tenant) : undefined;
    const retryAfterMs = Math.max(tenant?.rate.waitMs ?? 0, (tenant?.pushback ?? pushback).next());
    // Clients bound their unary calls; of streams one may have any number that wait as they are told.
    if (kind === 'unary') this.backPressure.refused(peer, { room, whose, retryAfterMs });
    return overloaded(message, retryAfterMs);
  }

  #loadOf(tenant: string): TenantLoad {
    let load = this.#tenants.get(tenant);
    if (load === undefined) {
      if (this.#tenants.size >= this.#sweepAt) this.#forgetIdle();
      load = tenantLoad(this.limits);
      this.#tenants.set(tenant, load);
    }
    return load;
  }

  #forgetIdle(): void {
    for (const [tenant, load] of this.#tenants) if (isIdle(load)) this.#tenants.delete(tenant);
    // Not again before there may be as many to find as there are to go through.
    this.#sweepAt = Math.max(tenantsKept, 2 * this.#tenants.size);
  }
}

/** How a message that is about to come is let in. */
export interface Receipt {
  /** Absent: it may come at once. Rejects when it may not come at all. */
  readonly ready?: Promise<void>;
  /** It has come, and is so many bytes: what it was counted for beyond them is given back. */
  readonly came: (bytes?: number) => void;
  readonly done: () => void;
}

const inTurn: Patience = { waitMs, waitingMax };
const ofTenantInTurn: Patience = { waitMs, waitingMax: waitingOfTenantMax };
const whateverItTakes: Patience = { waitMs: Number.POSITIVE_INFINITY, waitingMax: Number.POSITIVE_INFINITY };

async function wait(
  permits: Permits,
  weight: number,
  arrival: Arrival,
  refusal: () => ThreadStoreError,
  line: Patience = inTurn,
): Promise<void> {
  const patience = arrival.kind === 'append' && weight > 1 ? whateverItTakes : line;
  if (!(await permits.wait(weight, patience, arrival.onEnd))) throw refusal();
}
