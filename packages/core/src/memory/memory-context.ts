import type { Limits } from '../limits.ts';
import type { Lease } from '../thread.ts';
import type { TenantThreads } from './memory-storage.ts';
import type { ThreadRow } from './thread-row.ts';

/** What the operations of one store work with. */
export interface MemoryContext {
  readonly threads: TenantThreads;
  readonly tenant: string;
  readonly limits: Limits;
  readonly leaseDurationMs: number;
  readonly holder: string;
  readonly now: () => Date;
}

export function newLease(context: MemoryContext, holder: string, now: Date): Lease {
  return { holder, since: now, until: leaseEnd(context, now) };
}

/** After an accepted write of the lease's epoch. */
export function renewLease(context: MemoryContext, row: ThreadRow): void {
  if (row.lease !== null) row.lease = { ...row.lease, until: leaseEnd(context, context.now()) };
}

function leaseEnd({ leaseDurationMs }: MemoryContext, now: Date): Date {
  return new Date(now.getTime() + leaseDurationMs);
}
