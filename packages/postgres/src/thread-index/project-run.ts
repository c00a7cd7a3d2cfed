import {
  type CheckedWriterAppend,
  projectTurns,
  type TurnEvent,
  type TurnRecord,
  type TurnTable,
} from '@threadstore/core/internal';
import type { TurnState } from './known-turns.ts';

/** What an append writes to the indexes. */
export interface RunProjection {
  /** The ordinal that the thread must be at; null: any. */
  readonly expected: bigint | null;
  readonly turns: readonly TurnRecord[];
  /** Whether it holds something that a search finds. */
  readonly says: boolean;
  /** The turn that is open after it; undefined when it has no event. */
  readonly open: TurnRecord | null | undefined;
}

type Before = Pick<TurnState, 'ordinal' | 'open'>;

const atStart: Before = { ordinal: 0n, open: null };

/** No thread is at that ordinal: the items have to be read again. */
const leftForLater = -1n;

/** What one statement can write without having read anything. `known` is null where turns are always left for later. */
export function projectRun(run: readonly CheckedWriterAppend[], known: TurnState | undefined | null): RunProjection {
  const facts = run.flatMap((batch) => batch.facts);
  const says = facts.some((fact) => fact !== null && fact.said !== null);
  const events = facts.map((fact) => fact?.event ?? null);
  if (events.every((event) => event === null)) return { expected: null, turns: [], says, open: undefined };
  // At the start of a thread there is nothing to know.
  const start = run[0]?.sequence === 0n ? atStart : null;
  const from = known === null ? null : (known ?? start);
  const projected = from === null ? null : projectFrom(from, events);
  if (from === null || projected === null) return { expected: leftForLater, turns: [], says, open: undefined };
  return { ...projected, expected: from.ordinal, says };
}

function projectFrom(
  { ordinal, open }: Before,
  events: readonly (TurnEvent | null)[],
): Pick<RunProjection, 'turns' | 'open'> | null {
  const turns = new Map<bigint, TurnRecord>();
  const table: TurnTable = {
    find: outOfReach,
    put: (turn) => turns.set(turn.firstOrdinal, turn),
    addLate: outOfReach,
    rollBack: outOfReach,
  };
  try {
    const after = projectTurns(open, { firstOrdinal: ordinal, events }, table);
    return { turns: [...turns.values()], open: after };
  } catch (error) {
    if (error instanceof OutOfReach) return null;
    throw error;
  }
}

/** The events are about turns that only the database knows. */
class OutOfReach extends Error {}

function outOfReach(): never {
  throw new OutOfReach();
}
