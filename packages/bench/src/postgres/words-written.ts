import type { BenchPostgres } from './bench-postgres.ts';

/** Waits for the words of all messages: what one round leaves to be done in the background, the next one would pay for. */
export function wordsWritten(postgres: BenchPostgres, database: string): Promise<void> {
  return postgres.waitUntilNone(database, 'select from threadstore.messages_behind limit 1');
}
