import { DatabaseFailure, type Database } from './database.ts';
import { text } from './row.ts';
import { storeError } from './sqlstate.ts';

type Risk = readonly [setting: string, values: readonly string[], consequence: string];

const risks: readonly Risk[] = [
  ['fsync', ['off'], 'a power cut may lose acknowledged writes, or all'],
  ['full_page_writes', ['off'], 'a power cut may damage what is stored'],
  ['synchronous_commit', ['off'], "a crash of the server loses the last moment's acknowledged writes"],
  ['synchronous_commit', ['local'], 'a failover may lose acknowledged writes'],
  ['client_min_messages', ['error'], 'writes that a standby has not got may be acknowledged'],
];

/**
 * Which settings of a database let it lose what was acknowledged: one line each, `setting = value: consequence`. Empty when none
 * does. An embedded database always has one, see `openEmbedded`.
 *
 * Errors: `unavailable` when the database can't be reached.
 */
export async function durabilityWarnings(database: Database): Promise<readonly string[]> {
  const names = [...new Set(risks.map(([setting]) => setting))];
  const columns = names.map((name) => `current_setting('${name}') as ${name}`);
  try {
    const [row = {}] = await database.query(`select ${columns.join(', ')}`);
    return risks
      .filter(([setting, values]) => values.includes(text(row, setting)))
      .map(([setting, , consequence]) => `${setting} = ${text(row, setting)}: ${consequence}`);
  } catch (error) {
    throw error instanceof DatabaseFailure ? storeError(error, 'read') : error;
  }
}
