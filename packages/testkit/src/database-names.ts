import { randomBytes } from 'node:crypto';

/**
 * Every database that tests make is named `threadstore_test_<run>_<purpose>`, so that what a killed run left on a server that
 * outlives it can be told from what a run that goes on is using.
 */
const prefix = 'threadstore_test';

/** A new name for a test run: eight hexadecimal digits. */
export function newRun(): string {
  return randomBytes(4).toString('hex');
}

export function templateDatabaseName(run: string, template: string): string {
  return `${prefix}_${run}_template_${template}`;
}

export function scratchDatabaseName(run: string): string {
  return `${prefix}_${run}_${randomBytes(6).toString('hex')}`;
}

/** The run that made a database, or undefined for a database that no test made. */
export function runOfDatabase(name: string): string | undefined {
  return /^threadstore_test_([0-9a-f]{8})_/.exec(name)?.[1];
}
