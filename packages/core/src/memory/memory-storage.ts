import type { ThreadId } from '../thread.ts';
import type { ThreadRow } from './thread-row.ts';

/** The threads of one tenant. */
export interface TenantThreads {
  readonly rows: Map<ThreadId, ThreadRow>;
  /** The ids of deleted threads. */
  readonly tombstones: Set<ThreadId>;
  /**
   * The greatest epoch of any thread that was removed without a trace. New threads start above it, so that a late write of
   * a discarded writer can't pass for one of the id's next creator.
   */
  removedEpoch: bigint;
}

let tenantThreads: (storage: MemoryStorage, tenant: string) => TenantThreads;

/** What the stores that share it keep their threads in. Lives and dies with the process. */
export class MemoryStorage {
  readonly #tenants = new Map<string, TenantThreads>();

  static {
    tenantThreads = (storage, tenant) => {
      let threads = storage.#tenants.get(tenant);
      if (threads === undefined) {
        threads = { rows: new Map(), tombstones: new Set(), removedEpoch: 0n };
        storage.#tenants.set(tenant, threads);
      }
      return threads;
    };
  }
}

export function threadsOf(storage: MemoryStorage, tenant: string): TenantThreads {
  return tenantThreads(storage, tenant);
}
