import type { Call } from '../history/calls.ts';
import type { WalkQuery } from '../history/operations.ts';
import type { Lifetime } from './lifetimes.ts';

/** How a thread stands to a list while somebody walks along it. */
export interface Standing {
  /** Why it can't be shown; undefined if it may be. Whether it is deleted is a matter of another rule. */
  readonly barred: string | undefined;
  /** It matched from before the walk began until it ended. */
  readonly due: boolean;
  /** Nobody changed the time that the list is sorted by. */
  readonly still: boolean;
}

export function standing(life: Lifetime, { query, at, endedAt }: Call<'walk'>): Standing {
  const archived = archivedDuring(life, at, endedAt);
  const barred = barredBy(life, query, archived, endedAt);
  const still = query.sortKey === 'created_at' || isQuiet(life.touches, at, endedAt);
  const deleted = life.deletes.some((call) => call.at < endedAt);
  const due = barred === undefined && life.thereAt < at && archived === query.archived && !deleted;
  return { barred, due, still };
}

function barredBy(
  life: Lifetime,
  query: WalkQuery,
  archived: boolean | undefined,
  endedAt: number,
): string | undefined {
  const { cwd, provider } = life.traits;
  if (life.begunAt > endedAt) return 'it was made later';
  if (query.cwds !== null && !query.cwds.includes(cwd)) return `its directory is ${cwd}`;
  // No provider is any provider.
  if (query.providers !== null && query.providers.length > 0 && !query.providers.includes(provider))
    return `its provider is ${provider}`;
  if (query.forksOf !== null && query.forksOf !== life.source) return 'it is no fork of that thread';
  if (archived !== undefined && archived !== query.archived) return archived ? 'it is archived' : 'it is not archived';
  return undefined;
}

/** Whether it was in the archive all the time; undefined when that changed, or nobody knows. */
function archivedDuring({ moves }: Lifetime, at: number, endedAt: number): boolean | undefined {
  if (!isQuiet(moves, at, endedAt)) return undefined;
  return moves.findLast((call) => call.at < at)?.f === 'archive';
}

/** Whether nothing of it was under way then. What nobody knows the outcome of may be under way for ever. */
function isQuiet(calls: readonly Call[], at: number, endedAt: number): boolean {
  return calls.every((call) => call.at > endedAt || (call.outcome === 'ok' && call.endedAt < at));
}
