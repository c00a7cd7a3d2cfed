import { RemoteThreadStore } from '@threadstore/client';
import { fillThread, sessionItems } from '../contenders/fill.ts';
import { startService } from '../contenders/service.ts';
import { pairRow } from '../measuring/side-by-side.ts';
import { BenchPostgres } from '../postgres/bench-postgres.ts';
import { wordsWritten } from '../postgres/words-written.ts';
import { commonWord, rareWord, sessionNote } from '../session.ts';
import type { Workload } from './workload.ts';

const allItems = 1_000_000;
const threads = 500;
const pageSize = 20;

export const search: Workload = {
  about: `searches among ${allItems.toLocaleString('en')} items of ${threads} threads, against reading one thread's metadata by its id`,
  inRounds: true,
  run: async ({ scale, ...plan }) => {
    await using postgres = await BenchPostgres.start();
    await using service = await startService(postgres);
    const { endpoint, database } = service;
    const each = Math.max(100, Math.round((allItems * scale) / threads));
    const ids: string[] = [];
    for (let seed = 0; seed < threads; seed += 1) ids.push(await fillThread(endpoint, each, sessionItems(seed)));
    const threadId = ids[Math.floor(threads / 2)] ?? '';
    await using store = new RemoteThreadStore({ endpoint });
    const message = { type: 'event_msg', payload: { type: 'agent_message', message: `the ${rareWord} blooms` } };
    await store.appendItems({
      threadId,
      external: true,
      operationId: 'rare',
      items: [JSON.stringify(message)],
    });
    const filled = performance.now();
    await wordsWritten(postgres, database);
    const wordsSeconds = (performance.now() - filled) / 1_000;
    await postgres.settle(database);
    const keyed = () => store.readThread({ threadId });
    const rows = [['search', 'keyed read ms', 'search ms', 'the search takes']];
    for (const [name, searchTerm] of [
      ['of a word that one message has', rareWord],
      ['of a word that every answer has', commonWord],
      ['of a word that no message has', 'quetzalcoatlus'],
    ] as const) {
      const large = () => store.searchThreads({ searchTerm, pageSize });
      rows.push([...(await pairRow({ name, small: keyed, large }, plan))]);
    }
    return {
      rows,
      notes: [
        sessionNote,
        `The words of the messages were written ${wordsSeconds.toFixed(0)} s after the last append.`,
        `A page of ${pageSize} threads; there were ${(each * threads).toLocaleString('en')} items.`,
      ],
    };
  },
};
