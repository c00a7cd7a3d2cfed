import { RemoteThreadStore } from '@threadstore/client';
import { fillThread, sessionItems } from '../contenders/fill.ts';
import { startService } from '../contenders/service.ts';
import { pairRow } from '../measuring/side-by-side.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { sessionNote, turnItems } from '../session.ts';
import type { Workload } from './workload.ts';

const itemsAim = 10_000;

export const fork: Workload = {
  about: `a fork of a thread of ${itemsAim.toLocaleString('en')} items, against a client that reads them and appends them to a new thread`,
  inRounds: true,
  run: async ({ scale, ...plan }) => {
    await using postgres = await BenchPostgres.start();
    await using service = await startService(postgres);
    const { endpoint, database } = service;
    // Whole turns, each with one message of the user.
    const turns = Math.max(2, Math.round((itemsAim * scale) / turnItems));
    const sourceThreadId = await fillThread(endpoint, turns * turnItems, sessionItems(1));
    await postgres.settle(database);
    await using store = new RemoteThreadStore({ endpoint, keepLeases: false });
    // What a fork leaves to be done in the background, the next one would pay for.
    const before = () => postgres.waitUntilNone(database, behind);
    const rows = [['fork', 'forkThread ms', 'read and append ms', 'reading and appending takes']];
    const middle = { at: { beforeUserMessage: Math.floor(turns / 2) } };
    const forks = [
      { name: 'of all items', at: {}, way: 'ahead' },
      { name: 'of all items, appended one batch after another', at: {}, way: 'batches' },
      { name: 'of all items, appended one by one, as sessions do', at: {}, way: 'items' },
      { name: 'before a message in the middle', at: middle, way: 'ahead' },
    ] as const;
    for (const { name, at, way } of forks) {
      const { nextOrdinal } = await store.forkThread({ threadId: crypto.randomUUID(), sourceThreadId, ...at });
      const small = () => store.forkThread({ threadId: crypto.randomUUID(), sourceThreadId, ...at });
      // It is told where to end.
      const large = () => copy(store, sourceThreadId, { untilOrdinal: nextOrdinal, way });
      rows.push([...(await pairRow({ name, small, large, before }, plan))]);
    }
    return {
      rows,
      notes: [
        sessionNote,
        `The thread had ${(turns * turnItems).toLocaleString('en')} items. The client appends each batch that it has read while it reads on, and waits in the end, except where the name says otherwise.`,
      ],
    };
  },
};

const behind = `
  select from threadstore.messages_behind union all select from threadstore.threads where index_from is not null`;

/** Appends what it has read while it reads on, or waits for each batch, or for each item. */
type Way = 'ahead' | 'batches' | 'items';

async function copy(
  store: RemoteThreadStore,
  sourceThreadId: string,
  { untilOrdinal, way }: { readonly untilOrdinal: bigint; readonly way: Way },
): Promise<void> {
  const { threadId, epoch } = await store.createThread({
    threadId: crypto.randomUUID(),
    forkedFromId: sourceThreadId,
  });
  const appends: Promise<unknown>[] = [];
  for await (const batch of store.streamHistory({ threadId: sourceThreadId, untilOrdinal })) {
    for (const items of way === 'items' ? batch.items.map((item) => [item]) : [batch.items]) {
      appends.push(store.appendItems({ threadId, epoch, sequence: BigInt(appends.length), items }));
      if (way !== 'ahead') await appends.at(-1);
    }
  }
  await Promise.all(appends);
}
