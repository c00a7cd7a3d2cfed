import type * as grpc from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

/** The standard health service, for the server as a whole (`""`) and for its service by name. Says NOT_SERVING until it is told. */
export class Health {
  readonly #services: readonly string[];
  readonly #implementation: HealthImplementation;
  #isListening = false;
  #isReady = true;
  #isDraining = false;
  #said: 'SERVING' | 'NOT_SERVING' | undefined;

  constructor(service: string) {
    this.#services = ['', service];
    this.#implementation = new HealthImplementation();
    this.#tell();
  }

  addTo(server: grpc.Server): void {
    this.#implementation.addToServer(server);
  }

  listening(): void {
    this.#isListening = true;
    this.#tell();
  }

  ready(isReady: boolean): void {
    this.#isReady = isReady;
    this.#tell();
  }

  /** For good. */
  draining(): void {
    this.#isDraining = true;
    this.#tell();
  }

  #tell(): void {
    const status = this.#isListening && this.#isReady && !this.#isDraining ? 'SERVING' : 'NOT_SERVING';
    // Those who watch would hear it again.
    if (status === this.#said) return;
    this.#said = status;
    for (const service of this.#services) this.#implementation.setStatus(service, status);
  }
}
