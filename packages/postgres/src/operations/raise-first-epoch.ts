import { invalidField } from '@threadstore/core/internal';
import type { TransactionSession } from '../database.ts';
import { integer, milliseconds } from '../row.ts';

/** More than a thread is granted while the database's clock stands still or goes back. */
const leastStep = 1_000_000n;
/** Leaves room for all the grants there will be below 2^53, so that programs that keep integers in a double have them exact. */
const firstEpochMax = 10n ** 15n - 1n;

/** A column's default is an expression: `1`, or `'1790000000000'::bigint`. */
const statement = `
  select (regexp_match(pg_get_expr(adbin, adrelid), '[0-9]+'))[1]::bigint as first_epoch, ${milliseconds('now()')} as now_ms
  from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum
  where adrelid = 'threadstore.threads'::regclass and attname = 'writer_epoch'`;

/**
 * Raises the epoch that new threads begin with, and gives it: to the one given, else to the time of the database in milliseconds. No
 * thread is granted a thousand times a second for long, so that is more than any epoch before it, also of those that this
 * database has lost, and of a raise that it has lost.
 */
export async function raiseFirstEpoch({ query, script }: TransactionSession, given: bigint | null): Promise<bigint> {
  const [row = {}] = await query(statement);
  const before = integer(row, 'first_epoch');
  const now = integer(row, 'now_ms');
  const next = before + leastStep;
  const epoch = given ?? (now > next ? now : next);
  // One in between would leave threads as they are that have come further since.
  if (epoch !== before && (epoch < next || epoch > firstEpochMax)) {
    throw invalidField('to', `must be ${before}, to go on, or from ${next} to ${firstEpochMax} (got ${epoch})`);
  }
  if (epoch > before) await script(`alter table threadstore.threads alter column writer_epoch set default ${epoch}`);
  return epoch;
}
