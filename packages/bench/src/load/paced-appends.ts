import { setTimeout as delay } from 'node:timers/promises';
import { item } from '../item.ts';
import { repeat } from '../measuring/timing.ts';
import type { OpenLoad } from './load.ts';
import { remoteStore } from './remote-store.ts';

/** Writers as `threadstore-appends` has, that rest after each append: together they append no more than so many items a second. */
export const pacedAppends: OpenLoad = async ({ workers = 1, perSecond = 1, ...service }) => {
  const store = remoteStore(service);
  const writers: (() => Promise<number>)[] = [];
  for (let writer = 0; writer < workers; writer += 1) {
    const { threadId, epoch } = await store.createThread({ threadId: crypto.randomUUID() });
    let sequence = 0n;
    writers.push(async () => {
      await store.appendItems({ threadId, epoch, sequence, items: [item] });
      sequence += 1n;
      return 1;
    });
  }
  const rest = (): Promise<void> => delay((workers * 1_000) / perSecond);
  return { round: (seconds) => repeat(writers, seconds, rest) };
};
