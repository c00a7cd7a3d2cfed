import type { Server } from 'node:net';
import { errorFields } from '../error-fields.ts';
import type { Logger } from '../log.ts';

/** The system tells of it again and again while it lasts. */
const lineEveryMs = 1_000;

/**
 * Logs that a connection can't be accepted, for want of memory or of file descriptors: a line a second at most, with how many times it
 * was not told before. The server goes on. To be called once it listens.
 */
export function logAcceptErrors(server: Server, logger: Logger): void {
  let toldAt = Number.NEGATIVE_INFINITY;
  let untold = 0;
  server.on('error', (error) => {
    const now = performance.now();
    if (now - toldAt < lineEveryMs) {
      untold += 1;
      return;
    }
    toldAt = now;
    logger.error({ error: errorFields(error), untold }, 'a connection can not be accepted');
    untold = 0;
  });
}
