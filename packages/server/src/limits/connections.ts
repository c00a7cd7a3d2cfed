import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Logger } from '../log.ts';
import { logAcceptErrors } from './accept-errors.ts';
import { networkOf } from './network.ts';
import type { ServiceLimits } from './service-limits.ts';

/** What a connection begins with: HTTP/2's preface and an empty frame of settings. */
const prefaceBytes = 24 + 9;

/** The connections of a server: so many at once, so many from one address, and none that says nothing. */
export class Connections {
  readonly #server: Server;
  readonly #limits: ServiceLimits;
  readonly #serve: (socket: Socket) => void;
  readonly #logger: Logger;
  readonly #open = new Set<Socket>();
  readonly #byAddress = new Map<string, number>();

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

  /** Ends those that are left. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #accept(socket: Socket): void {
    const address = networkOf(socket.remoteAddress ?? '');
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (this.#open.size >= this.#limits.connectionsMax || ofAddress >= this.#limits.connectionsPerAddressMax) {
      socket.resetAndDestroy();
      return;
    }
    // Whoever serves it hears of the end of it; this is for one that breaks before.
    socket.on('error', () => undefined);
    this.#open.add(socket);
    this.#byAddress.set(address, ofAddress + 1);
    const silent = setTimeout(() => {
      if (socket.bytesRead < prefaceBytes) socket.destroy();
    }, this.#limits.prefaceTimeoutMs).unref();
    socket.once('close', () => {
      clearTimeout(silent);
      this.#open.delete(socket);
      const left = (this.#byAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#byAddress.delete(address);
      else this.#byAddress.set(address, left);
    });
    this.#serve(socket);
  }
}
