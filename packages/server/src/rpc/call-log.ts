import { anyone, nobody } from '../auth/principal.ts';
import { errorFields } from '../error-fields.ts';
import type { Logger } from '../log.ts';
import type { CallObserver } from './call-observer.ts';
import { OverloadLog } from './overload-log.ts';

/** Statuses that tell of the service's own trouble rather than of the caller's. */
const troubles: ReadonlySet<string> = new Set(['UNKNOWN', 'INTERNAL', 'DATA_LOSS']);
const shortages: ReadonlySet<string> = new Set(['UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'DEADLINE_EXCEEDED']);

/**
 * A line for each call, at its end. Calls of the service itself are information, those of others are for debugging, and so are all but the
 * first of those that are refused because there are too many.
 */
export function callLog(logger: Logger): CallObserver {
  const overload = new OverloadLog(logger);
  return {
    ended(record, { code, ms }) {
      const { principal, failure, isOwn, peer: _peer, ...facts } = record;
      const fields = {
        ...facts,
        ...(principal === anyone || principal === nobody
          ? {}
          : { tenant: principal.tenant, subject: principal.subject }),
        code,
        ms: Math.round(ms * 1000) / 1000,
        ...(failure === undefined ? {} : { error: errorFields(failure) }),
      };
      if (record.reason === 'OVERLOADED' && !overload.isFirst(record)) logger.debug(fields, 'call failed');
      else if (troubles.has(code)) logger.error(fields, 'call failed');
      else if (shortages.has(code)) logger.warn(fields, 'call failed');
      else if (isOwn) logger.info(fields, 'call');
      else logger.debug(fields, 'call');
    },
  };
}
