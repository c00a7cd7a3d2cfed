import type { Socket } from 'node:net';
import { WatchedConnection } from './watched-connection.ts';

/** What calls are refused for the lack of. */
export interface Room {
  /** Whether there is so little that those who were refused need not come again yet. */
  readonly isTight: boolean;
}

/** Whose room is used up: that of the tenant who calls, of those of no tenant at the same address, or that of all together. */
export type Whose = 'tenant' | 'address' | 'all';

export interface Refusal {
  readonly room: Room;
  readonly whose: Whose;
  /** What its caller is told to wait. */
  readonly retryAfterMs: number;
}

/** After so long a connection is read without room: its pings and its streams stand behind the calls that are too many. */
const heldMsMax = 2_000;
/** Between two of those: the calls that one of them brings are mostly refused. */
const overdueEveryMs = 100;
/** Between two that are read again for the same room: what the first one brings is seen before the second. */
const tickMs = 2;
/** In a tick, so that a thousand of them take little. */
const inTickMax = 64;

/**
 * Leaves connections unread whose callers come again and again without waiting as they are told: a refusal costs as much as half a call,
 * so that those who come at once leave little for the calls that are let in. What they send waits in the buffers of the network, and then
 * with them. One connection after another is read again when there is room for its calls, or when it has waited for two seconds, but not
 * before it has taken what it was sent; and those that are read take turns with those that are not.
 */
export class BackPressure {
  readonly #connections = new Map<string, WatchedConnection>();
  readonly #held = new Map<Room, Line>();
  /** Those that are held, and some that were. Each once: one is held again and again for as long as others are held. */
  readonly #round = new Set<WatchedConnection>();
  #ticking: NodeJS.Timeout | undefined;

  /** Connections that are not read at the moment. */
  get held(): number {
    let count = 0;
    for (const { waiting } of this.#held.values()) count += waiting.length;
    return count;
  }

  /** From now until it is closed. `onFirstHold` is told when it is left unread for the first time, and whose it is. */
  watch(socket: Socket, onFirstHold: (peer: string) => void = () => undefined): void {
    const peer = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`;
    this.#connections.set(peer, new WatchedConnection(socket, () => onFirstHold(peer)));
    socket.once('close', () => this.#connections.delete(peer));
  }

  /** A caller of a tenant uses the connection. */
  carries(peer: string, tenant: string): void {
    const connection = this.#connections.get(peer);
    if (connection === undefined) return;
    connection.carries(tenant);
    const room = connection.overstayed;
    if (room !== undefined && this.#held.has(room)) this.#holdSoon(connection, room);
  }

  /** Whether the connection is left unread, or will be as soon as all has come that is expected. */
  isLeaving(peer: string): boolean {
    return this.#connections.get(peer)?.isLeaving ?? false;
  }

  /** A call that came over the connection was refused. */
  refused(peer: string, { room, whose, retryAfterMs }: Refusal): void {
    const connection = this.#connections.get(peer);
    if (connection === undefined) return;
    if (connection.isHeld) return;
    // Others behind the same proxy have no part in it.
    if (whose === 'tenant' && connection.isShared) return;
    if (whose === 'address' && connection.isOfTenants) return;
    if (connection.isPatient(retryAfterMs)) return;
    this.#holdSoon(connection, room);
  }

  /** A call that came over the connection is let in, or waits for it. What is returned says that its request has come, or never will. */
  expects(peer: string): () => void {
    const connection = this.#connections.get(peer);
    if (connection === undefined) return () => undefined;
    const came = connection.expects();
    return () => {
      came();
      if (connection.due !== undefined) this.#hold(connection, connection.due);
    };
  }

  #holdSoon(connection: WatchedConnection, room: Room): void {
    if (connection.wants(room)) this.#hold(connection, room);
  }

  #hold(connection: WatchedConnection, room: Room): void {
    connection.hold(room);
    const line = this.#held.get(room) ?? { waiting: [], overdueAt: 0 };
    this.#held.set(room, line);
    line.waiting.push(connection);
    this.#round.add(connection);
    this.#ticking ??= setInterval(() => this.#tick(), tickMs).unref();
  }

  #tick(): void {
    this.#letOneRead();
    let left = Math.min(inTickMax, this.#round.size);
    for (const connection of this.#round) {
      if (left === 0) break;
      left -= 1;
      // Those that stay come last.
      this.#round.delete(connection);
      if (!connection.isHeld) continue;
      connection.holdAgain();
      this.#round.add(connection);
    }
    if (this.#held.size > 0) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    this.#round.clear();
  }

  /** One for each room. */
  #letOneRead(): void {
    for (const [room, line] of this.#held) {
      const { waiting } = line;
      // Those that may not be read yet go to its end: however many they are, they keep nobody waiting for long.
      waiting.push(...waiting.splice(0, leadingBehind(waiting)));
      const [first] = waiting;
      if (first !== undefined && !first.isBehind && (!room.isTight || isOverdue(first, line))) {
        waiting.shift();
        first.resume();
      }
      if (waiting.length === 0) this.#held.delete(room);
    }
  }
}

/** Connections that wait for the same room. */
interface Line {
  readonly waiting: WatchedConnection[];
  /** When one was read without room. */
  overdueAt: number;
}

function isOverdue(connection: WatchedConnection, line: Line): boolean {
  const now = performance.now();
  if (connection.heldMs <= heldMsMax || now - line.overdueAt < overdueEveryMs) return false;
  line.overdueAt = now;
  return true;
}

/** How many at the head of a line have not taken what they were sent, of those that are looked at in a tick. */
function leadingBehind(waiting: readonly WatchedConnection[]): number {
  const at = waiting.slice(0, inTickMax).findIndex(({ isBehind }) => !isBehind);
  return at === -1 ? Math.min(waiting.length, inTickMax) : at;
}
