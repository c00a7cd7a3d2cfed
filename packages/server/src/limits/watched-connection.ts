import type { Socket } from 'node:net';
import type { Room } from './back-pressure.ts';

/** More than a client of ours has under way: while its callers wait as they are told, no more of them can be waiting. */
const waitingMax = 128;
/** Those who did not wait once are not expected to, for so long. */
const suspectMs = 1_000;
/** For how long one is read that was held before, where others are held. */
const turnMs = 250;
/** For how long a hold waits for requests to arrive of which the headers are read. */
const expectingMs = 100;
/** Of those that have not been held for so long nothing is remembered. */
const rememberedMs = 10_000;

/** What there is of a socket below its stream. HTTP/2 takes it over, and a stream without it can't be paused. */
interface Handle {
  /** Bytes that the other side has not taken yet, as far as they are here. */
  readonly writeQueueSize: number;
  readStop(): void;
  readStart(): void;
}

/** A connection, and whether its callers wait when they are told to. */
export class WatchedConnection {
  readonly #socket: Socket;
  readonly #onFirstHold: () => void;
  #tenant: string | undefined;
  #isShared = false;
  /** When those who were refused may come again; the earliest first, about. */
  readonly #returns: number[] = [];
  #hasBeenHeld = false;
  #heldAt: number | undefined;
  #resumedAt = Number.NEGATIVE_INFINITY;
  /** For the lack of which it was held. */
  #room: Room | undefined;
  /** Of how many calls that are let in, or wait for it, the requests have not come. */
  #expected = 0;
  #wanted: { readonly room: Room; readonly at: number } | undefined;

  constructor(socket: Socket, onFirstHold: () => void) {
    this.#socket = socket;
    this.#onFirstHold = onFirstHold;
  }

  /** Whether callers of several tenants use it, as behind a proxy. */
  get isShared(): boolean {
    return this.#isShared;
  }

  /** Whether callers use it who are of a tenant. */
  get isOfTenants(): boolean {
    return this.#tenant !== undefined;
  }

  /** For how long it has not been read. */
  get heldMs(): number {
    return this.#heldAt === undefined ? 0 : performance.now() - this.#heldAt;
  }

  carries(tenant: string): void {
    this.#tenant ??= tenant;
    if (tenant !== this.#tenant) this.#isShared = true;
  }

  /** Whether it is left unread. */
  get isHeld(): boolean {
    return this.#heldAt !== undefined;
  }

  /**
   * Whether the other side has not taken all that it was sent. HTTP/2 leaves such a one unread until it has; told to read it before, it
   * reads on, and keeps any number of answers that nobody takes.
   */
  get isBehind(): boolean {
    return (handleOf(this.#socket)?.writeQueueSize ?? 0) > 0;
  }

  /** A call of it was refused, and told to wait so long. Returns whether its callers may be those who wait. */
  isPatient(retryAfterMs: number): boolean {
    const now = performance.now();
    if (now - this.#resumedAt < suspectMs) return false;
    const returns = this.#returns;
    while (returns[0] !== undefined && returns[0] <= now) returns.shift();
    returns.push(now + retryAfterMs);
    return returns.length <= waitingMax;
  }

  /** The room that it was held for, when it has been read since for as long as it may be while others wait for that. */
  get overstayed(): Room | undefined {
    if (this.#room === undefined || this.#heldAt !== undefined) return undefined;
    const readMs = performance.now() - this.#resumedAt;
    if (readMs > rememberedMs) this.#room = undefined;
    return readMs > turnMs ? this.#room : undefined;
  }

  /** A call of it is let in, or waits for it. What is returned says that its request has come, or never will. */
  expects(): () => void {
    this.#expected += 1;
    let isExpected = true;
    return () => {
      if (isExpected) this.#expected -= 1;
      isExpected = false;
    };
  }

  /**
   * That it is to be left unread. Returns whether that may be done now: calls of which the rest is left unread would keep the room that
   * others need.
   */
  wants(room: Room): boolean {
    this.#wanted ??= { room, at: performance.now() };
    return this.#expected === 0 || performance.now() - this.#wanted.at > expectingMs;
  }

  get isLeaving(): boolean {
    return this.#heldAt !== undefined || this.#wanted !== undefined;
  }

  /** The room that it is to be held for, once nothing more is expected. */
  get due(): Room | undefined {
    return this.#expected === 0 ? this.#wanted?.room : undefined;
  }

  /** Leaves it unread until there is room. */
  hold(room: Room): void {
    this.#room = room;
    this.#wanted = undefined;
    this.#heldAt = performance.now();
    this.#returns.length = 0;
    this.holdAgain();
    if (!this.#hasBeenHeld) this.#onFirstHold();
    this.#hasBeenHeld = true;
  }

  /** HTTP/2 goes on reading when it has written something, over TLS always. */
  holdAgain(): void {
    handleOf(this.#socket)?.readStop();
  }

  resume(): void {
    this.#heldAt = undefined;
    this.#resumedAt = performance.now();
    handleOf(this.#socket)?.readStart();
  }
}

/** Absent once the socket is closed. Throws where Node has come to keep it elsewhere. */
function handleOf(socket: Socket): Handle | undefined {
  if (!('_handle' in socket)) throw new TypeError('node: the socket has no handle');
  return (socket._handle as Handle | null) ?? undefined;
}
