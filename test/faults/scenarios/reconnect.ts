import { RemoteThreadStore } from '@threadstore/client';
import { atMost, exactly, type Scenario } from './scenario.ts';

const backSecondsMax = 30;

export const reconnect: Scenario = {
  about: '500 clients with a thread each, whose service is killed and started again: all come back at once',
  run: async ({ endpoint, restart }, scale) => {
    const count = Math.ceil(500 * scale);
    const stores = Array.from({ length: count }, () => new RemoteThreadStore({ endpoint }));
    const writers = await Promise.all(
      stores.map(async (store) => ({ store, ...(await store.createThread({ threadId: crypto.randomUUID() })) })),
    );
    const appendAll = (sequence: bigint): Promise<readonly boolean[]> =>
      Promise.all(
        writers.map(({ store, threadId, epoch }) =>
          store.appendItems({ threadId, epoch, sequence, items: ['{"type":"note"}'] }).then(
            () => true,
            () => false,
          ),
        ),
      );
    const before = await appendAll(0n);
    await restart();
    const start = performance.now();
    const after = await appendAll(1n);
    const seconds = (performance.now() - start) / 1_000;
    await Promise.all(stores.map((store) => store.close()));
    return [
      exactly('clients that appended before', before.filter(Boolean).length, count),
      exactly('clients that appended afterwards', after.filter(Boolean).length, count),
      atMost('seconds until all had', seconds, backSecondsMax),
    ];
  },
};
