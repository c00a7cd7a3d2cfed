import type { Call } from '../history/calls.ts';
import type { Facts } from '../history/facts.ts';
import type { Traits } from '../history/operations.ts';

/** What was done to a thread as a whole. */
export interface Lifetime {
  readonly thread: string;
  readonly traits: Traits;
  readonly source: string | null;
  /** When the first call to make it began; nobody knows it before. */
  readonly begunAt: number;
  /** From then on lists have to show it: the first acknowledged append ended, or the fork. Infinity: it was never known to be there. */
  readonly thereAt: number;
  /** In the order of their invocations, without those that had certainly no effect. */
  readonly moves: readonly Call<'archive' | 'unarchive'>[];
  readonly touches: readonly Call<'touch' | 'unarchive'>[];
  readonly deletes: readonly Call<'delete'>[];
}

/** By their threads. */
export function lifetimesOf({ calls, appends }: Facts): ReadonlyMap<string, Lifetime> {
  const thereAt = new Map<string, number>();
  for (const { thread, endedAt, answer, epoch } of appends) {
    if (answer !== undefined && epoch !== null) thereAt.set(thread, Math.min(endedAt, thereAt.get(thread) ?? Infinity));
  }
  const moves = byThread([...calls.archive, ...calls.unarchive]);
  const touches = byThread([...calls.touch, ...calls.unarchive]);
  const deletes = byThread(calls.delete);
  const lifetimes = [...calls.create, ...calls.fork].map((call): readonly [string, Lifetime] => {
    const { thread, traits, at } = call;
    const there = call.f === 'fork' ? (call.outcome === 'ok' ? call.endedAt : Infinity) : thereAt.get(thread);
    return [
      thread,
      {
        thread,
        traits,
        source: call.f === 'fork' ? call.source : null,
        begunAt: at,
        thereAt: there ?? Infinity,
        moves: moves.get(thread) ?? [],
        touches: touches.get(thread) ?? [],
        deletes: deletes.get(thread) ?? [],
      },
    ];
  });
  return new Map(lifetimes);
}

/** When it was certain that a thread is deleted: the end of the first such call that was acknowledged. */
export function deletedAt({ deletes }: Lifetime): number {
  return Math.min(...deletes.map(({ outcome, endedAt }) => (outcome === 'ok' ? endedAt : Infinity)));
}

/** Calls that may have had an effect, by their threads and in the order of their invocations. */
function byThread<C extends Call>(calls: readonly C[]): ReadonlyMap<string, readonly C[]> {
  const effective = calls.filter(({ outcome }) => outcome !== 'fail');
  return Map.groupBy(
    effective.toSorted((a, b) => a.at - b.at),
    ({ thread }) => thread,
  );
}
