import type { TurnEvent } from '../src/turn-index/turn-event.ts';
import type { TurnError, TurnStatus } from '../src/turns.ts';

/** A turn with its items by ordinal. */
export interface ReferenceTurn {
  readonly turnId: string;
  readonly explicit: boolean;
  status: TurnStatus;
  error: TurnError | null;
  startedAt: number | null;
  completedAt: number | null;
  durationMs: number | null;
  items: number[];
  /** Messages in it, and whatever else a session shows, by ordinal. */
  shown: { readonly ordinal: number; readonly as: 'user' | 'final' | 'unmarked' | 'other' }[];
  ended: boolean;
}

export interface ReferenceThread {
  readonly turns: readonly ReferenceTurn[];
  readonly hidden: ReadonlySet<number>;
}

/** The turns of a thread as a reader of its whole log makes them, one item after the other, with no thought of speed. */
export function referenceTurns(events: readonly (TurnEvent | null)[]): ReferenceThread {
  const reducer = new Reducer();
  for (const [ordinal, event] of events.entries()) reducer.take(event, ordinal);
  return {
    turns: reducer.current === null ? reducer.finished : [...reducer.finished, reducer.current],
    hidden: reducer.hidden,
  };
}

class Reducer {
  finished: ReferenceTurn[] = [];
  current: ReferenceTurn | null = null;
  hidden = new Set<number>();

  take(event: TurnEvent | null, ordinal: number): void {
    const owner = event === null ? this.current : this.#owner(event, ordinal);
    owner?.items.push(ordinal);
  }

  /** Does what the event says; the turn that its item belongs to. */
  #owner(event: TurnEvent, ordinal: number): ReferenceTurn | null {
    switch (event.kind) {
      case 'started':
        this.#finish();
        this.current = { ...turnAt(event.turnId, 'inProgress'), explicit: true, startedAt: event.startedAt };
        return this.current;
      case 'userMessage':
      case 'agentMessage':
        return this.#message(event, ordinal);
      case 'shown': {
        if (event.turnId === null) return this.#append(ordinal, 'other');
        const named = this.#named(event.turnId);
        named?.shown.push({ ordinal, as: 'other' });
        return named ?? this.current;
      }
      case 'compacted':
        return this.#ensure(ordinal);
      case 'failed':
        if (this.current !== null) {
          this.current.status = 'failed';
          this.current.error = event.error;
        }
        return this.current;
      case 'aborted': {
        const turn = this.#named(event.turnId) ?? this.current;
        if (turn !== null) setEnd(turn, event, 'interrupted');
        return turn;
      }
      case 'completed': {
        const turn = this.#named(event.turnId) ?? this.current;
        if (turn === null) return null;
        if (event.error !== null) turn.error = event.error;
        const status = turn.status === 'inProgress' || turn.status === 'completed' ? 'completed' : turn.status;
        setEnd(turn, event, event.error === null ? status : 'failed');
        if (turn === this.current) this.#finish();
        return turn;
      }
      case 'rolledBack':
        this.#finish();
        this.#drop(event.turns, ordinal);
        return null;
    }
  }

  #message(event: TurnEvent & { readonly kind: 'userMessage' | 'agentMessage' }, ordinal: number): ReferenceTurn {
    const named = this.#named(event.turnId);
    if (named !== null && named !== this.current) return named;
    const { current } = this;
    const onlyCompaction = current?.shown.length === 0;
    const opensAnother = event.kind === 'userMessage' && named === null && current?.explicit === false;
    if (opensAnother && !onlyCompaction) this.#finish();
    const as = event.kind === 'userMessage' ? 'user' : event.phase;
    return this.#append(ordinal, as === 'commentary' ? 'other' : as, event.turnId);
  }

  #finish(): void {
    if (this.current === null) return;
    this.current.ended = true;
    this.finished.push(this.current);
    this.current = null;
  }

  #ensure(ordinal: number, turnId: string | null = null): ReferenceTurn {
    this.current ??= turnAt(turnId ?? `rollout-${ordinal}`, 'completed');
    return this.current;
  }

  #append(ordinal: number, as: ReferenceTurn['shown'][number]['as'], turnId: string | null = null): ReferenceTurn {
    const turn = this.#ensure(ordinal, turnId);
    turn.shown.push({ ordinal, as });
    return turn;
  }

  #named(turnId: string | null): ReferenceTurn | null {
    if (turnId === null) return null;
    if (this.current?.turnId === turnId) return this.current;
    return this.finished.findLast((turn) => turn.turnId === turnId) ?? null;
  }

  #drop(count: number, marker: number): void {
    const kept = this.finished.slice(0, Math.max(this.finished.length - count, 0));
    const first = this.finished[kept.length]?.items[0];
    if (first !== undefined) for (let ordinal = first; ordinal < marker; ordinal += 1) this.hidden.add(ordinal);
    this.finished = kept;
    for (const turn of kept) turn.items = turn.items.filter((ordinal) => !this.hidden.has(ordinal));
  }
}

function turnAt(turnId: string, status: TurnStatus): ReferenceTurn {
  return {
    turnId,
    explicit: false,
    status,
    error: null,
    startedAt: null,
    completedAt: null,
    durationMs: null,
    items: [],
    shown: [],
    ended: false,
  };
}

function setEnd(
  turn: ReferenceTurn,
  event: { readonly completedAt: number | null; readonly durationMs: number | null },
  status: TurnStatus,
): void {
  turn.status = status;
  turn.completedAt = event.completedAt;
  turn.durationMs = event.durationMs;
}
