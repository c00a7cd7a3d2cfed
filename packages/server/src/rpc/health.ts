import type * as grpc from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

/** The standard health service, for the server as a whole (`""`) and for its service by name. */
export class Health {
  readonly #services: readonly string[];
  readonly #implementation: HealthImplementation;

  constructor(service: string) {
    this.#services = ['', service];
    this.#implementation = new HealthImplementation();
    this.notServing();
  }

  addTo(server: grpc.Server): void {
    this.#implementation.addToServer(server);
  }

  serving(): void {
    for (const service of this.#services) this.#implementation.setStatus(service, 'SERVING');
  }

  notServing(): void {
    for (const service of this.#services) this.#implementation.setStatus(service, 'NOT_SERVING');
  }
}
