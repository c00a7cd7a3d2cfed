import type { TurnRecord, TurnTable } from '@threadstore/core/internal';
import type { RunQuery } from '../database.ts';
import type { ThreadKey } from '../thread-key.ts';
import { turnsJson, turnsOf, upsertTurns } from './turn-rows.ts';

const upsert = upsertTurns('$1', '$2::uuid', turnsOf('$3'));

const insertLate = `
  insert into threadstore.late_items (tenant, thread_id, ordinal, first_ordinal)
  select $1, $2::uuid, late.ordinal, late.first_ordinal
  from unnest($3::bigint[], $4::bigint[]) as late (ordinal, first_ordinal)
  on conflict (tenant, thread_id, ordinal) do update set first_ordinal = excluded.first_ordinal`;

/** The first of the last turns, or of all if there are fewer. */
export const droppedStatement = `
  select min(first_ordinal) as from_ordinal
  from (
    select first_ordinal from threadstore.turns where tenant = $1 and thread_id = $2 order by first_ordinal desc limit $3::bigint
  ) as dropped`;

/** What is not shown any more leaves the indexes, and the range takes in the smaller ones. */
const hiding = [
  'delete from threadstore.turns where tenant = $1 and thread_id = $2 and first_ordinal >= $3::bigint and first_ordinal < $4::bigint',
  'delete from threadstore.late_items where tenant = $1 and thread_id = $2 and ordinal >= $3::bigint and ordinal < $4::bigint',
  'delete from threadstore.messages where tenant = $1 and thread_id = $2 and ordinal >= $3::bigint and ordinal < $4::bigint',
  'delete from threadstore.hidden_items where tenant = $1 and thread_id = $2 and from_ordinal >= $3::bigint and from_ordinal < $4::bigint',
  `insert into threadstore.hidden_items (tenant, thread_id, from_ordinal, until_ordinal)
   values ($1, $2, $3::bigint, $4::bigint)`,
];

/** The turns of a thread as a chunk of its items changes them. A rollback is the last thing in a chunk. */
export class ChunkTable implements TurnTable {
  /** Those that the chunk's events can name. */
  readonly #finished = new Map<string, TurnRecord>();
  readonly #put = new Map<bigint, TurnRecord>();
  readonly #late = new Map<bigint, bigint>();
  #rollback: { readonly turns: number; readonly marker: bigint } | null = null;

  constructor(finished: readonly TurnRecord[]) {
    for (const turn of finished) this.#finished.set(turn.turnId, turn);
  }

  find(turnId: string): TurnRecord | undefined {
    return this.#finished.get(turnId);
  }

  put(turn: TurnRecord): void {
    this.#put.set(turn.firstOrdinal, turn);
    if (turn.endOrdinal === null) return;
    const latest = this.#finished.get(turn.turnId);
    if (latest === undefined || latest.firstOrdinal <= turn.firstOrdinal) this.#finished.set(turn.turnId, turn);
  }

  addLate(ordinal: bigint, turn: TurnRecord): void {
    this.#late.set(ordinal, turn.firstOrdinal);
  }

  rollBack(turns: number, marker: bigint): void {
    if (turns > 0) this.#rollback = { turns, marker };
  }

  async write(query: RunQuery, { tenant, threadId }: ThreadKey): Promise<void> {
    if (this.#put.size > 0) {
      const turns = [...this.#put.values()].map((turn) => ({ run: 0, turn }));
      await query(upsert, [tenant, threadId, turnsJson(turns)]);
    }
    if (this.#late.size > 0) {
      const ordinals = [...this.#late.keys()].map((ordinal) => `${ordinal}`);
      const turns = [...this.#late.values()].map((ordinal) => `${ordinal}`);
      await query(insertLate, [tenant, threadId, ordinals, turns]);
    }
  }

  /** Does the rollback, after everything else of the chunk was written. */
  async hide(query: RunQuery, { tenant, threadId }: ThreadKey): Promise<void> {
    if (this.#rollback === null) return;
    const { turns, marker } = this.#rollback;
    const [row] = await query(droppedStatement, [tenant, threadId, `${turns}`]);
    const from = row?.['from_ordinal'] ?? null;
    if (from === null) return;
    for (const statement of hiding) await query(statement, [tenant, threadId, from, `${marker}`]);
  }
}
