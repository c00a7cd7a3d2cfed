import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a proxy does with what passes. The ends of connections pass in every mode but the last. */
export type ProxyMode =
  /** Passes everything on, after `delayMs`. */
  | 'open'
  /** Passes requests on and swallows answers. */
  | 'mute'
  /** Passes requests on and breaks the connection instead of the first answer. */
  | 'cut-answer'
  /** Accepts connections and passes nothing on. */
  | 'black-hole'
  /** Accepts connections and holds all that comes, as a network that drops packets does; once in another mode, it is passed on. */
  | 'stall';

/** What a proxy has done so far. */
export interface ProxyTally {
  connections: number;
  /** Connections that `cut` or a mode broke. */
  cut: number;
  /** Bytes that were passed on later than they could have been. */
  delayedBytes: number;
  /** Bytes that came from either side. */
  receivedBytes: number;
  /** Bytes of answers that were passed on to nobody. */
  swallowedBytes: number;
}

/** A TCP proxy of 127.0.0.1 before a server, through which a test makes the network between the two as bad as it likes. */
export class TcpProxy implements AsyncDisposable {
  /** How much later than it came a piece is passed on, in either direction. Order is kept. */
  delayMs = 0;
  readonly tally: ProxyTally = { connections: 0, cut: 0, delayedBytes: 0, receivedBytes: 0, swallowedBytes: 0 };
  #mode: ProxyMode = 'open';
  #target: URL;
  readonly #server: Server;
  readonly #links = new Set<Link>();

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#join(client));
  }

  /** Starts one before the server at a URL with host and port. */
  static async to(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(url);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get mode(): ProxyMode {
    return this.#mode;
  }

  set mode(mode: ProxyMode) {
    this.#mode = mode;
    for (const link of this.#links) link.pass();
  }

  /** Where the proxy listens, as `host:port`. */
  get endpoint(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    return `127.0.0.1:${address.port}`;
  }

  /** The URL of the server by way of the proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.host = this.endpoint;
    return url.href;
  }

  /** Lets connections that are made from now on lead to another server. Those that stand stay with theirs. */
  retarget(url: string): void {
    this.#target = new URL(url);
  }

  /** Breaks all connections with a reset. */
  cut(): void {
    for (const link of this.#links) link.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const link of this.#links) link.cut();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    this.tally.connections += 1;
    const { hostname, port } = this.#target;
    const upstream = connect({ host: hostname, port: Number(port || 5432), allowHalfOpen: true, noDelay: true });
    const link = new Link(client, upstream, this, () => this.#links.delete(link));
    this.#links.add(link);
  }
}

/** A connection that goes through the proxy: one to each side. */
class Link {
  readonly #sockets: readonly [client: Socket, upstream: Socket];
  readonly #requests: Direction;
  readonly #answers: Direction;
  readonly #proxy: TcpProxy;

  constructor(client: Socket, upstream: Socket, proxy: TcpProxy, onClose: () => void) {
    this.#sockets = [client, upstream];
    this.#proxy = proxy;
    this.#requests = new Direction(client, upstream, proxy);
    this.#answers = new Direction(upstream, client, proxy);
    client.on('data', (chunk) => {
      proxy.tally.receivedBytes += chunk.length;
      if (proxy.mode !== 'black-hole') this.#requests.push(chunk);
    });
    upstream.on('data', (chunk) => this.#answer(chunk));
    for (const socket of this.#sockets) {
      socket.once('close', () => {
        if (this.#sockets.every(({ destroyed }) => destroyed)) onClose();
      });
    }
  }

  cut(): void {
    this.#proxy.tally.cut += 1;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Passes on what is due. */
  pass(): void {
    this.#requests.pass();
    this.#answers.pass();
  }

  #answer(chunk: Buffer): void {
    const { mode, tally } = this.#proxy;
    tally.receivedBytes += chunk.length;
    if (mode === 'open' || mode === 'stall') return this.#answers.push(chunk);
    tally.swallowedBytes += chunk.length;
    if (mode === 'cut-answer') this.cut();
  }
}

type Piece = Buffer | 'end' | 'reset';

/** What goes from one socket to the other, in its order. */
class Direction {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #proxy: TcpProxy;
  readonly #waiting: { readonly dueAt: number; readonly piece: Piece }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, proxy: TcpProxy) {
    this.#from = from;
    this.#to = to;
    this.#proxy = proxy;
    from.on('end', () => this.push('end'));
    from.on('error', () => this.push('reset'));
    to.on('drain', () => from.resume());
    to.once('close', () => clearTimeout(this.#timer));
  }

  push(piece: Piece): void {
    const dueAt = Math.max(performance.now() + this.#proxy.delayMs, this.#waiting.at(-1)?.dueAt ?? 0);
    this.#waiting.push({ dueAt, piece });
    this.pass();
    if (this.#waiting.length > 0 && piece instanceof Buffer) this.#proxy.tally.delayedBytes += piece.length;
  }

  pass(): void {
    clearTimeout(this.#timer);
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#proxy.mode === 'stall') return;
      const leftMs = next.dueAt - performance.now();
      if (leftMs > 0) {
        this.#timer = setTimeout(() => this.pass(), leftMs);
        return;
      }
      this.#waiting.shift();
      this.#send(next.piece);
    }
  }

  #send(piece: Piece): void {
    if (this.#to.destroyed) return;
    if (piece === 'end') this.#to.end();
    else if (piece === 'reset') this.#to.resetAndDestroy();
    else if (!this.#to.write(piece)) this.#from.pause();
  }
}
