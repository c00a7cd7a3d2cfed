import { RemoteThreadStore } from '@threadstore/client';
import type { ContractStorage, StorageOptions } from '@threadstore/contract-tests';
import { serveThreadstore, type ServingProcess } from '@threadstore/testkit';

/** The flags that say what the suite asks of a storage. */
function flagsOf({ leaseDurationMs, limits = {} }: StorageOptions): readonly string[] {
  const lease = leaseDurationMs === undefined ? [] : ['--lease-duration-ms', `${leaseDurationMs}`];
  const given = Object.entries(limits).flatMap(([name, value]) => [
    `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    `${value}`,
  ]);
  return [...lease, ...given];
}

/** Makes storages of started services: one for each lease duration, another for each that has limits of its own. */
export class ServedStorages {
  readonly #start: (flags: readonly string[]) => Promise<ServingProcess>;
  readonly #reset: (service: ServingProcess) => Promise<void>;
  /** By their flags. */
  readonly #shared = new Map<string, Promise<ServingProcess>>();

  /** `reset` empties the storage of a service that was used before. */
  constructor(
    serve: { readonly args: () => readonly string[]; readonly env: () => Readonly<Record<string, string>> },
    reset: (service: ServingProcess) => Promise<void>,
  ) {
    this.#start = (flags) =>
      serveThreadstore([...serve.args(), '--log-level', 'error', ...flags], { env: serve.env() });
    this.#reset = reset;
  }

  async createStorage(options: StorageOptions = {}): Promise<ContractStorage> {
    const flags = flagsOf(options);
    if (options.limits !== undefined) {
      const service = await this.#start(flags);
      await this.#reset(service);
      return storageOf(service, async () => {
        await service.stop();
      });
    }
    const starting = this.#shared.get(flags.join(' ')) ?? this.#start(flags);
    this.#shared.set(flags.join(' '), starting);
    const service = await starting;
    await this.#reset(service);
    return storageOf(service, async () => undefined);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#shared.values()].map(async (starting) => (await starting).stop()));
  }
}

function storageOf({ endpoint }: ServingProcess, destroy: () => Promise<void>): ContractStorage {
  return { open: async () => new RemoteThreadStore({ endpoint, keepLeases: false }), destroy };
}

/** Deletes all threads that a service shows. */
export async function deleteAllThreads({ endpoint }: ServingProcess): Promise<void> {
  await using store = new RemoteThreadStore({ endpoint });
  for (const archived of [false, true]) {
    for (;;) {
      const { threads } = await store.listThreads({ archived, pageSize: 200 });
      if (threads.length === 0) break;
      for (const { threadId } of threads) await store.deleteThread({ threadId });
    }
  }
}
