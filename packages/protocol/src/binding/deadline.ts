import type * as grpc from '@grpc/grpc-js';

/**
 * Timers may fire a millisecond before the clock says so, and a caller gives its call up at the same moment as the service does,
 * by its own clock: whoever is first, it was the deadline.
 */
const slackMs = 20;

/** Whether a call that ends now ends because of its deadline. */
export function isDeadlineOver(deadline: grpc.Deadline): boolean {
  return Date.now() + slackMs >= Number(deadline);
}
