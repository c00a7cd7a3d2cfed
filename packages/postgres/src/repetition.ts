import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseFailure } from './database.ts';
import { attemptsMax, isRepeated, storeError } from './sqlstate.ts';

const pauseAtFirstMs = 5;

/**
 * Does the work, again where the database gave it up for another's sake, and tells every other failure as a store does. The
 * pauses are random, so that those who met do not meet again.
 */
export async function withRepetition<T>(kind: 'read' | 'write', work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseFailure)) throw error;
      if (attempt === attemptsMax || !isRepeated(error)) throw storeError(error, kind);
      await sleep(Math.random() * pauseAtFirstMs * 2 ** attempt);
    }
  }
}
