import { freePort, type ServingProcess } from '@threadstore/testkit';
import type { Backend } from '../../../e2e/support/backends.ts';

/** A service that speaks to Codex, at an address that stays when the service is started again. */
export class ServedStore implements AsyncDisposable {
  readonly #backend: Backend;
  readonly #address: string;
  #service: ServingProcess | undefined;

  private constructor(backend: Backend, address: string) {
    this.#backend = backend;
    this.#address = address;
  }

  static async start(create: () => Promise<Backend>): Promise<ServedStore> {
    const store = new ServedStore(await create(), `127.0.0.1:${await freePort()}`);
    try {
      await store.#start();
      return store;
    } catch (error) {
      await store[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return `http://${this.#address}`;
  }

  /** Ends the service by SIGKILL, and resolves when another one serves at its address. */
  async crash(): Promise<void> {
    this.#service?.kill('SIGKILL');
    await this.#service?.ended;
    await this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.stop();
    await this.#backend[Symbol.asyncDispose]();
  }

  async #start(): Promise<void> {
    this.#service = await this.#backend.start('--codex-listen', this.#address, '--log-level', 'warn');
  }
}
