import { RemoteThreadStore } from '@threadstore/client';
import { LiveThread } from '@threadstore/core';
import { sessionItems } from '../contenders/fill.ts';
import { repeat } from '../measuring/timing.ts';
import type { OpenLoad } from './load.ts';

/** Writers that append the items of sessions by live threads, one at a time, each waiting for the answer. */
export const liveAppends: OpenLoad = async ({ place, workers = 1 }) => {
  const store = new RemoteThreadStore({ endpoint: place });
  const writers = await Promise.all(
    Array.from({ length: workers }, async (_, writer) => {
      const next = sessionItems(writer);
      const live = await LiveThread.create(store, { metadata: { source: 'exec' } });
      return async (): Promise<number> => ((await live.append(next(1))) === null ? 0 : 1);
    }),
  );
  return { round: (seconds) => repeat(writers, seconds) };
};
