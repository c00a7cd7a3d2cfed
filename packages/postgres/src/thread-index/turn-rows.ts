import type { TurnError, TurnStatus } from '@threadstore/core';
import type { TurnRecord } from '@threadstore/core/internal';
import type { Row } from '../database.ts';
import { flag, integer, integerOrNull, text, textOrNull } from '../row.ts';

const types = {
  first_ordinal: 'bigint',
  end_ordinal: 'bigint',
  turn_id: 'text',
  explicit: 'boolean',
  status: 'text',
  error_message: 'text',
  error_details: 'text',
  started_at: 'bigint',
  completed_at: 'bigint',
  duration_ms: 'double precision',
  shows: 'boolean',
  user_ordinal: 'bigint',
  final_ordinal: 'bigint',
  unmarked_ordinal: 'bigint',
} as const;

type Column = keyof typeof types;

const columns = Object.keys(types);

/** What `turnRecord` reads, for a select list. */
export const turnColumns = columns.join(', ');

/** Turns as a parameter of type `json`. `run` says whose they are, where a statement has those of several threads. */
export function turnsJson(turns: readonly { readonly run: number; readonly turn: TurnRecord }[]): string {
  return JSON.stringify(turns.map(({ run, turn }) => ({ run, ...columnsOf(turn) })));
}

/** Such a parameter as a table, for a from clause. */
export function turnsOf(place: string): string {
  const definitions = Object.entries(types).map(([column, type]) => `${column} ${type}`);
  return `json_to_recordset(${place}::json) as turn (run int, ${definitions.join(', ')})`;
}

/** Writes turns; after it come what they are joined with. */
export function upsertTurns(tenant: string, threadId: string, from: string): string {
  const replacements = columns.slice(1).map((column) => `${column} = excluded.${column}`);
  return `
    insert into threadstore.turns (tenant, thread_id, ${turnColumns})
    select ${tenant}, ${threadId}, ${columns.map((column) => `turn.${column}`).join(', ')}
    from ${from}
    on conflict (tenant, thread_id, first_ordinal) do update set ${replacements.join(', ')}`;
}

function columnsOf(turn: TurnRecord): Readonly<Record<Column, string | number | boolean | null>> {
  return {
    first_ordinal: `${turn.firstOrdinal}`,
    end_ordinal: ordinalText(turn.endOrdinal),
    turn_id: turn.turnId,
    explicit: turn.explicit,
    status: turn.status,
    error_message: turn.error?.message ?? null,
    error_details: turn.error?.additionalDetails ?? null,
    started_at: wholeOrNull(turn.startedAt),
    completed_at: wholeOrNull(turn.completedAt),
    duration_ms: turn.durationMs,
    shows: turn.shows,
    user_ordinal: ordinalText(turn.userOrdinal),
    final_ordinal: ordinalText(turn.finalOrdinal),
    unmarked_ordinal: ordinalText(turn.unmarkedOrdinal),
  };
}

export function turnRecord(row: Row): TurnRecord {
  return {
    firstOrdinal: integer(row, 'first_ordinal'),
    endOrdinal: integerOrNull(row, 'end_ordinal'),
    turnId: text(row, 'turn_id'),
    explicit: flag(row, 'explicit'),
    // Written by `columnsOf`.
    status: text(row, 'status') as TurnStatus,
    error: turnError(row),
    startedAt: numberOrNull(row, 'started_at'),
    completedAt: numberOrNull(row, 'completed_at'),
    durationMs: numberOrNull(row, 'duration_ms'),
    shows: flag(row, 'shows'),
    userOrdinal: integerOrNull(row, 'user_ordinal'),
    finalOrdinal: integerOrNull(row, 'final_ordinal'),
    unmarkedOrdinal: integerOrNull(row, 'unmarked_ordinal'),
  };
}

function turnError(row: Row): TurnError | null {
  const message = textOrNull(row, 'error_message');
  return message === null ? null : { message, additionalDetails: textOrNull(row, 'error_details') };
}

function ordinalText(ordinal: bigint | null): string | null {
  return ordinal === null ? null : `${ordinal}`;
}

/** A `Date` has whole milliseconds, too. */
function wholeOrNull(time: number | null): number | null {
  return time === null ? null : Math.trunc(time);
}

function numberOrNull(row: Row, column: Column): number | null {
  const value = textOrNull(row, column);
  return value === null ? null : Number(value);
}
