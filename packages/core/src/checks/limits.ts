import { defaultLimits, type Limits } from '../limits.ts';

/** The default limits with those that are given in their place. Throws a `RangeError` for one that is no positive integer. */
export function resolveLimits(given: Partial<Limits> = {}): Limits {
  const limits: Limits = { ...defaultLimits, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`limits.${name}: must be a positive integer (got ${String(value)})`);
    }
  }
  return limits;
}

const unlimited = Number.MAX_SAFE_INTEGER;

/**
 * For who hands on to a store that has limits of its own. What stays is what this side needs: values nested without end can't be written
 * as JSON.
 */
export const formOnly: Limits = {
  itemBytesMax: unlimited,
  appendBytesMax: unlimited,
  batchItemsMax: unlimited,
  jsonDepthMax: 1_000,
  nameBytesMax: unlimited,
  metadataValueBytesMax: unlimited,
  holderBytesMax: unlimited,
  operationIdBytesMax: unlimited,
  writersMax: unlimited,
  pageSizeMax: unlimited,
  pageSizeDefault: unlimited,
  pageBytesMax: unlimited,
  turnBytesMax: unlimited,
  filterValuesMax: unlimited,
  searchTermBytesMax: unlimited,
  cursorBytesMax: unlimited,
};

const defaultLeaseDurationMs = 30_000;
// A lease shields a thread while its writer lives. A far longer one would end where no Date can stand.
const leaseDurationMsMax = 24 * 60 * 60 * 1_000;

/** The duration of leases in milliseconds. Throws a `RangeError` for one that is no integer from 1 to a day. */
export function resolveLeaseDuration(given: number = defaultLeaseDurationMs): number {
  if (!Number.isSafeInteger(given) || given < 1 || given > leaseDurationMsMax) {
    throw new RangeError(`leaseDurationMs: must be an integer from 1 to ${leaseDurationMsMax} (got ${given})`);
  }
  return given;
}
