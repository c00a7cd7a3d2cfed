import type { TurnError, TurnStatus } from '../turns.ts';

/** A turn as an index keeps it: of its items only where they are. Times in milliseconds since 1970. */
export interface TurnRecord {
  readonly firstOrdinal: bigint;
  /** The first ordinal after it; `null` while it is open. */
  readonly endOrdinal: bigint | null;
  readonly turnId: string;
  /** Whether an event opened it, or the first thing that was shown. */
  readonly explicit: boolean;
  readonly status: TurnStatus;
  readonly error: TurnError | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly durationMs: number | null;
  /** Whether it holds anything that a session shows; one that a compaction opened may not. */
  readonly shows: boolean;
  /** Of its first user message. */
  readonly userOrdinal: bigint | null;
  /** Of its last agent message of the phase `final_answer`. */
  readonly finalOrdinal: bigint | null;
  /** Of its last agent message without a phase. */
  readonly unmarkedOrdinal: bigint | null;
}

/** The finished turns of a thread, hidden ones left out, as the projection needs them. */
export interface TurnTable {
  /** The latest with this id. */
  find(turnId: string): TurnRecord | undefined;
  /** Takes the place of the record with the same `firstOrdinal`, or comes last. Also called for the turn that is open. */
  put(turn: TurnRecord): void;
  /** An item that belongs to this turn and stands elsewhere. */
  addLate(ordinal: bigint, turn: TurnRecord): void;
  /** Hides the last turns, of which there may be fewer, and what is between them and the marker. */
  rollBack(turns: number, marker: bigint): void;
}
