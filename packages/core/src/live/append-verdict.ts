import { ThreadStoreError, type ThreadStoreErrorCode } from '../errors.ts';

/**
 * What the failure of a batch says of it: it is not stored; nobody knows; it waits for one before it; the store refuses its patch.
 */
export type Verdict = 'notStored' | 'unknown' | 'behind' | 'refusedPatch';

export interface FailedBatch {
  /** An earlier attempt may have stored it. */
  readonly isUncertain: boolean;
  /** Whether it may be sent once more when one before it is missing. */
  readonly mayWait: boolean;
  readonly hasPatch: boolean;
}

/** Codes by which a store tells that it has looked at the batch, and that it is not stored. */
const judged: ReadonlySet<ThreadStoreErrorCode> = new Set<ThreadStoreErrorCode>([
  'conflict',
  'invalid_request',
  'not_found',
]);

export function verdictOn(error: unknown, { isUncertain, mayWait, hasPatch }: FailedBatch): Verdict {
  // What an earlier attempt did is not undone by one that did nothing.
  const otherwise = isUncertain ? 'unknown' : 'notStored';
  if (!(error instanceof ThreadStoreError)) return otherwise;
  if (error.effect === 'unknown') return 'unknown';
  if (!judged.has(error.code)) return otherwise;
  if (error.reason === 'SEQUENCE_GAP') return mayWait ? 'behind' : otherwise;
  return hasPatch && isRefusalOf('metadata', error) ? 'refusedPatch' : 'notStored';
}

/** Whether a store refuses metadata, by the parameter that it came in. */
export function isRefusalOf(parameter: 'metadata' | 'patch', error: unknown): error is ThreadStoreError {
  if (!(error instanceof ThreadStoreError) || error.code !== 'invalid_request') return false;
  const { field } = error.details;
  return field === parameter || field?.startsWith(`${parameter}.`) === true;
}
