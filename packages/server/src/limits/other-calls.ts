import type { Arrival, CallKind } from '../rpc/gate.ts';
import type { Whose } from './back-pressure.ts';
import { networkOfPeer } from './network.ts';
import { Permits } from './permits.ts';
import { Pushback } from './pushback.ts';

/** Of each kind: whoever keeps watches open does not keep others from asking. */
export const otherCallsMax = 1_000;
/** The same of one address, so that the probe of an orchestrator gets through whatever somebody else opens. */
const ofAddressMax = 100;

/** What a call was not let in for the lack of. */
export interface Lack {
  readonly room: Permits;
  readonly whose: Exclude<Whose, 'tenant'>;
  readonly message: string;
  /** Of those who lack it alone; absent: of everybody. */
  readonly pushback?: Pushback;
}

interface OfAddress {
  readonly room: Permits;
  readonly pushback: Pushback;
}

/** Calls under way to health and reflection, which are of no tenant. */
export class OtherCalls {
  readonly #all: Readonly<Record<CallKind, Permits>> = {
    unary: new Permits(otherCallsMax),
    read: new Permits(otherCallsMax),
    append: new Permits(otherCallsMax),
  };
  /** Of those that have some under way, by kind and address. */
  readonly #ofAddress = new Map<string, OfAddress>();

  /** Lets a call in, or says what it lacks. */
  enter({ kind, peer, onEnd }: Arrival): Lack | undefined {
    const key = `${kind} ${networkOfPeer(peer)}`;
    const all = this.#all[kind];
    const known = this.#ofAddress.get(key);
    if (known !== undefined && !known.room.hasRoom(1)) {
      return { ...known, whose: 'address', message: 'too many calls to health or reflection from one address' };
    }
    if (!all.hasRoom(1)) return { room: all, whose: 'all', message: 'too many calls to health or reflection' };
    const { room } = known ?? this.#newAddress(key);
    for (const permits of [all, room]) permits.take(1);
    onEnd(() => {
      for (const permits of [all, room]) permits.give(1);
      if (room.held === 0) this.#ofAddress.delete(key);
    });
    return undefined;
  }

  #newAddress(key: string): OfAddress {
    const ofAddress = { room: new Permits(ofAddressMax), pushback: new Pushback() };
    this.#ofAddress.set(key, ofAddress);
    return ofAddress;
  }
}
