import { DatabaseFailure, type Database } from './database.ts';
import { text } from './row.ts';
import { storeError } from './sqlstate.ts';

/** A setting of a database with which it may lose or change what was acknowledged. */
export interface DatabaseRisk {
  readonly setting: string;
  readonly value: string;
  /** What may happen. */
  readonly consequence: string;
  /** Nobody should keep threads there: it takes no failover and no mistake of anybody's to lose them. */
  readonly isUnsafe: boolean;
}

interface Rule extends Omit<DatabaseRisk, 'value'> {
  readonly isBad: (value: string) => boolean;
}

const is =
  (bad: string) =>
  (value: string): boolean =>
    value === bad;

const rules: readonly Rule[] = [
  {
    setting: 'server_encoding',
    isBad: (value) => value !== 'UTF8',
    consequence: 'it does not take every text',
    isUnsafe: true,
  },
  {
    setting: 'fsync',
    isBad: is('off'),
    consequence: 'a power cut may lose acknowledged writes, or all',
    isUnsafe: true,
  },
  {
    setting: 'full_page_writes',
    isBad: is('off'),
    consequence: 'a power cut may damage what is stored',
    isUnsafe: true,
  },
  {
    setting: 'synchronous_commit',
    isBad: is('off'),
    consequence: "a crash of the server loses the last moment's acknowledged writes",
    isUnsafe: true,
  },
  {
    setting: 'synchronous_commit',
    isBad: is('local'),
    consequence: 'a failover may lose acknowledged writes',
    isUnsafe: false,
  },
  {
    setting: 'client_min_messages',
    isBad: is('error'),
    consequence: 'writes that a standby has not got may be acknowledged',
    isUnsafe: false,
  },
];

/**
 * Which settings of a database let it lose or change what was acknowledged. Empty when none does. An embedded database always has
 * one, see `openEmbedded`.
 *
 * Errors: `unavailable` when the database can't be reached.
 */
export async function databaseRisks(database: Database): Promise<readonly DatabaseRisk[]> {
  const names = [...new Set(rules.map(({ setting }) => setting))];
  const columns = names.map((name) => `current_setting('${name}') as ${name}`);
  try {
    const [row = {}] = await database.query(`select ${columns.join(', ')}`);
    return rules.flatMap(({ isBad, ...rule }) => {
      const value = text(row, rule.setting);
      return isBad(value) ? [{ ...rule, value }] : [];
    });
  } catch (error) {
    throw error instanceof DatabaseFailure ? storeError(error, 'read') : error;
  }
}

/** A risk as one line: `setting = value: consequence`. */
export function riskText({ setting, value, consequence }: DatabaseRisk): string {
  return `${setting} = ${value}: ${consequence}`;
}
