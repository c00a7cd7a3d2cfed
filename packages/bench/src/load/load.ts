import type { Timing } from '../measuring/timing.ts';

/** Work that a process does on its own, so that its CPU time can be told from that of others. */
interface Load {
  /** Works for this long. */
  round(seconds: number): Promise<Timing>;
}

/** What a load is about: where it goes to, and how much of it. */
export interface LoadTarget {
  /** Address of a service, or URL of a database. */
  readonly place: string;
  /** The bearer token to show, where the service asks for one. */
  readonly token?: string;
  /** The thread that is read or appended to, where that is not one of the load's own. */
  readonly threadId?: string;
  /** Writers or readers, or operations of one of them, side by side; one by default. */
  readonly workers?: number;
  /** How many operations a second are due in all, where they keep to a pace; one by default. */
  readonly perSecond?: number;
  /** Whether a reader parses what it gets. */
  readonly parse?: boolean;
  /** Whether writers append the items of sessions, and not always the same item. */
  readonly sessions?: boolean;
  /** Where a reader begins. */
  readonly fromOrdinal?: number;
}

/** Resolves when all is ready for the first round. */
export type OpenLoad = (target: LoadTarget) => Promise<Load>;
