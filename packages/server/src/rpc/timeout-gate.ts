import { ThreadStoreError } from '@threadstore/core';
import type { Gate } from './gate.ts';

/** Far longer than a request that had just been sent could be late. */
const pastMs = 1_000;

/**
 * Refuses calls whose timeout is too long for grpc-js, which counts it in 31 bits of milliseconds: it comes out in the past, and the
 * call would end at once with a deadline that nobody asked for.
 */
export const timeoutGate: Gate = {
  enter({ deadline }) {
    if (Date.now() - deadline <= pastMs) return;
    throw new ThreadStoreError({
      reason: 'INVALID_FIELD',
      message: 'grpc-timeout: too long (limit 596 hours)',
      details: { field: 'grpc-timeout' },
    });
  },
};
