import { ThreadStoreError } from '@threadstore/core';
import type { Readiness } from '../readiness/readiness.ts';
import type { Gate } from './gate.ts';

/** Refuses the service's own calls while they could do harm. */
export function readinessGate(readiness: Readiness): Gate {
  return {
    enter({ record }) {
      const { unready } = readiness;
      if (unready === null || !unready.refuses || !record.isOwn) return;
      throw new ThreadStoreError({ reason: 'BACKEND_UNAVAILABLE', message: unready.reason });
    },
  };
}
