import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Logger } from '../log.ts';
import { logAcceptErrors } from './accept-errors.ts';
import { Counts } from './counts.ts';
import { networkOf } from './network.ts';
import type { ServiceLimits } from './service-limits.ts';

/** What tells a connection from all others, on whatever layer of it. */
type Ends = Pick<Socket, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'>;

/** The connections of a server: so many at once, so many from one address, and none that does not speak HTTP/2. */
export class Connections {
  readonly #server: Server;
  readonly #limits: ServiceLimits;
  readonly #serve: (socket: Socket) => void;
  readonly #logger: Logger;
  readonly #open = new Set<Socket>();
  readonly #byAddress = new Counts();
  /** What ends those that have not spoken yet. */
  readonly #silent = new Map<string, NodeJS.Timeout>();

  constructor(serve: (socket: Socket) => void, limits: ServiceLimits, logger: Logger) {
    this.#serve = serve;
    this.#limits = limits;
    this.#logger = logger;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Resolves to the port. Rejects with the system's error. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: host.replaceAll(/^\[|\]$/g, ''), port }, () => {
        this.#server.off('error', reject);
        logAcceptErrors(this.#server, this.#logger);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Takes no more. Resolves when those that are open have ended. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  /** To be told of each that has begun to speak HTTP/2: its TLS, if it has any, is made, and its first frame has come. */
  speaks(ends: Ends): void {
    const name = nameOf(ends);
    clearTimeout(this.#silent.get(name));
    this.#silent.delete(name);
  }

  /** Ends those that are left. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #accept(socket: Socket): void {
    const address = networkOf(socket.remoteAddress ?? '');
    const ofAddress = this.#byAddress.of(address);
    if (this.#open.size >= this.#limits.connectionsMax || ofAddress >= this.#limits.connectionsPerAddressMax) {
      socket.resetAndDestroy();
      return;
    }
    // Whoever serves it hears of the end of it; this is for one that breaks before.
    socket.on('error', () => undefined);
    this.#open.add(socket);
    this.#byAddress.add(address);
    const name = nameOf(socket);
    const silent = setTimeout(() => socket.destroy(), this.#limits.prefaceTimeoutMs).unref();
    this.#silent.set(name, silent);
    socket.once('close', () => {
      clearTimeout(silent);
      if (this.#silent.get(name) === silent) this.#silent.delete(name);
      this.#open.delete(socket);
      this.#byAddress.remove(address);
    });
    this.#serve(socket);
  }
}

function nameOf({ localAddress, localPort, remoteAddress, remotePort }: Ends): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
