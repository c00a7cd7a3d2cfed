import type { TurnEvent } from './turn-event.ts';
import type { TurnRecord, TurnTable } from './turn-record.ts';

/**
 * Takes the items of a thread, one batch after the other, into its turns. All state is the turn that is open, which is given and
 * returned, and the table.
 */
export function projectTurns(
  open: TurnRecord | null,
  batch: { readonly firstOrdinal: bigint; readonly events: readonly (TurnEvent | null)[] },
  table: TurnTable,
): TurnRecord | null {
  let current = open;
  for (const [index, event] of batch.events.entries()) {
    if (event !== null) current = take(event, batch.firstOrdinal + BigInt(index), current, table);
  }
  // A turn is put when it ends, and at the end of a batch: not for each of its items.
  if (current !== null && current !== open) table.put(current);
  return current;
}

function take(event: TurnEvent, ordinal: bigint, open: TurnRecord | null, table: TurnTable): TurnRecord | null {
  switch (event.kind) {
    case 'started':
      finish(open, ordinal, table);
      return startedTurn(event, ordinal);
    case 'userMessage':
    case 'agentMessage':
      return takeMessage(event, ordinal, open, table);
    case 'shown':
      return show(event.turnId, ordinal, open, table);
    case 'compacted':
      return open ?? implicitTurn(ordinal);
    case 'failed':
      return open && { ...open, status: 'failed', error: event.error };
    case 'aborted':
      return abort(event, ordinal, open, table);
    case 'completed':
      return complete(event, ordinal, open, table);
    case 'rolledBack':
      finish(open, ordinal, table);
      if (event.turns > 0) table.rollBack(event.turns, ordinal);
      return null;
  }
}

function takeMessage(
  event: Extract<TurnEvent, { readonly kind: 'userMessage' | 'agentMessage' }>,
  ordinal: bigint,
  open: TurnRecord | null,
  table: TurnTable,
): TurnRecord | null {
  const { kind, turnId } = event;
  const isOwn = turnId !== null && turnId === open?.turnId;
  if (turnId !== null && !isOwn && addIfLate(turnId, ordinal, table)) return open;
  const ends = kind === 'userMessage' && open !== null && !isOwn && !open.explicit && open.shows;
  const turn = (ends ? finish(open, ordinal, table) : open) ?? implicitTurn(ordinal, turnId);
  return kind === 'userMessage' ? withUserMessage(turn, ordinal) : withAgentMessage(turn, event.phase, ordinal);
}

/** Puts an item with the finished turn that it names; false if there is none. */
function addIfLate(turnId: string, ordinal: bigint, table: TurnTable): boolean {
  const finished = table.find(turnId);
  if (finished !== undefined) table.addLate(ordinal, finished);
  return finished !== undefined;
}

/** Ends a turn where something else begins; how it ended is what was said of it before. */
function finish(open: TurnRecord | null, ordinal: bigint, table: TurnTable): null {
  if (open !== null) table.put({ ...open, endOrdinal: ordinal });
  return null;
}

function show(turnId: string | null, ordinal: bigint, open: TurnRecord | null, table: TurnTable): TurnRecord | null {
  if (turnId === null || turnId === open?.turnId) {
    const turn = open ?? implicitTurn(ordinal);
    return turn.shows ? turn : { ...turn, shows: true };
  }
  addIfLate(turnId, ordinal, table);
  return open;
}

type Ending = Extract<TurnEvent, { readonly kind: 'aborted' | 'completed' }>;

/** Puts what an event says of a finished turn, if it names one; whether it does. */
function putFinished(
  event: Ending,
  ordinal: bigint,
  table: TurnTable,
  ended: (turn: TurnRecord) => TurnRecord,
): boolean {
  const finished = event.turnId === null ? undefined : table.find(event.turnId);
  if (finished === undefined) return false;
  const turn = ended(finished);
  table.put(turn);
  table.addLate(ordinal, turn);
  return true;
}

/** An interrupted turn stays open: what its tools still put out belongs to it. */
function abort(
  event: Extract<TurnEvent, { readonly kind: 'aborted' }>,
  ordinal: bigint,
  open: TurnRecord | null,
  table: TurnTable,
): TurnRecord | null {
  const { completedAt, durationMs } = event;
  const ended = (turn: TurnRecord): TurnRecord => ({ ...turn, status: 'interrupted', completedAt, durationMs });
  if (event.turnId !== open?.turnId && putFinished(event, ordinal, table, ended)) return open;
  return open && ended(open);
}

function complete(
  event: Extract<TurnEvent, { readonly kind: 'completed' }>,
  ordinal: bigint,
  open: TurnRecord | null,
  table: TurnTable,
): TurnRecord | null {
  const { completedAt, durationMs, error } = event;
  const ended = (turn: TurnRecord): TurnRecord => ({
    ...turn,
    ...(error !== null && { error }),
    status: error !== null ? 'failed' : turn.status === 'inProgress' ? 'completed' : turn.status,
    completedAt,
    durationMs,
  });
  if (event.turnId !== open?.turnId && putFinished(event, ordinal, table, ended)) return open;
  // Whatever its id: the session has come to an end of something.
  return finish(open && ended(open), ordinal + 1n, table);
}

function withUserMessage(turn: TurnRecord, ordinal: bigint): TurnRecord {
  return turn.userOrdinal === null ? { ...turn, shows: true, userOrdinal: ordinal } : turn;
}

function withAgentMessage(
  turn: TurnRecord,
  phase: Extract<TurnEvent, { readonly kind: 'agentMessage' }>['phase'],
  ordinal: bigint,
): TurnRecord {
  switch (phase) {
    case 'final':
      return { ...turn, shows: true, finalOrdinal: ordinal };
    case 'unmarked':
      return { ...turn, shows: true, unmarkedOrdinal: ordinal };
    case 'commentary':
      return turn.shows ? turn : { ...turn, shows: true };
  }
}

const blankTurn = {
  endOrdinal: null,
  error: null,
  completedAt: null,
  durationMs: null,
  shows: false,
  userOrdinal: null,
  finalOrdinal: null,
  unmarkedOrdinal: null,
} as const;

function startedTurn(
  { turnId, startedAt }: Extract<TurnEvent, { readonly kind: 'started' }>,
  firstOrdinal: bigint,
): TurnRecord {
  return { ...blankTurn, firstOrdinal, turnId, explicit: true, status: 'inProgress', startedAt };
}

function implicitTurn(firstOrdinal: bigint, named: string | null = null): TurnRecord {
  const turnId = named ?? implicitTurnId(firstOrdinal);
  return { ...blankTurn, firstOrdinal, turnId, explicit: false, status: 'completed', startedAt: null };
}

/** The id of a turn that no item named. */
export function implicitTurnId(firstOrdinal: bigint): string {
  return `rollout-${firstOrdinal}`;
}
