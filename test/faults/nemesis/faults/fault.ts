import { waitFor } from '@threadstore/testkit';
import { pick } from '../../random.ts';
import type { Scene } from '../lane.ts';
import type { Replica } from '../replica.ts';

/** Something that is done to a run and undone again. */
export interface Fault {
  /** What it is, for people. */
  readonly title: string;
  /** How long it lasts, in milliseconds, from and to. */
  readonly lastsMs: readonly [least: number, most: number];
  /** Does it. `at`, from 0 to 1, says to which of those that qualify. */
  inject(scene: Scene, at: number): Promise<Injected>;
}

/** How far a standby was behind its primary. */
export interface Lag {
  readonly ms: number;
  /** Of the primary's log. */
  readonly bytes: number;
}

export interface Injected {
  /** Looks while it lasts, at the end of that, whether it bit. Rejects or resolves with false where it did not. */
  readonly probe: () => boolean | Promise<boolean>;
  /** Undoes it. Resolves when nothing of it is left that keeps calls from being answered. */
  readonly heal: () => void | Promise<void>;
  /** Of a failover to a standby that was behind. */
  readonly lag?: Lag;
  /** Makes what it used up anew, once calls are answered again. */
  readonly rebuild?: () => Promise<void>;
}

/** A replica that serves. Rejects where none is back in time. */
export async function servingReplica({ cluster, signal }: Scene, at: number): Promise<Replica> {
  const serving = await waitFor(
    () => {
      signal.throwIfAborted();
      const all = cluster.replicas.filter(({ isServing }) => isServing);
      return all.length > 0 && all;
    },
    { timeoutMs: 60_000, what: 'a replica to be back' },
  );
  return pick(serving, at);
}
