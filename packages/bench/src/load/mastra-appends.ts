import { itemBytes } from '../item.ts';
import { repeat } from '../measuring/timing.ts';
import { connections } from '../postgres/items-table.ts';
import { rival } from '../rivals.ts';
import type { OpenLoad } from './load.ts';

interface Memory {
  saveThread(params: { readonly thread: Thread }): Promise<unknown>;
  saveMessages(params: { readonly messages: readonly Message[] }): Promise<unknown>;
}

interface Thread {
  readonly id: string;
  readonly resourceId: string;
  readonly title: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface Message {
  readonly id: string;
  readonly threadId: string;
  readonly resourceId: string;
  readonly role: 'assistant';
  readonly type: 'v2';
  readonly createdAt: Date;
  readonly content: { readonly format: 2; readonly parts: readonly { readonly type: 'text'; readonly text: string }[] };
}

interface Mastra {
  readonly PostgresStore: new (config: {
    readonly id: string;
    readonly connectionString: string;
    readonly max: number;
  }) => {
    init(): Promise<void>;
    getStore(domain: 'memory'): Promise<Memory | undefined>;
  };
}

const resourceId = 'bench';
const frame = JSON.stringify({ format: 2, parts: [{ type: 'text', text: '' }] });
const content: Message['content'] = {
  format: 2,
  parts: [{ type: 'text', text: 'x'.repeat(itemBytes - frame.length) }],
};

/** The writers of `threadstoreAppends`, on Mastra's memory storage: a message at a time to a thread of their own. */
export const mastraAppends: OpenLoad = async ({ place, workers = 1 }) => {
  const { PostgresStore } = rival<Mastra>('@mastra/pg');
  const store = new PostgresStore({ id: 'bench', connectionString: place, max: connections });
  await store.init();
  const memory = await store.getStore('memory');
  if (memory === undefined) throw new Error('mastra-appends: the storage has no memory');
  const writers: (() => Promise<number>)[] = [];
  for (let writer = 0; writer < workers; writer += 1) {
    const now = new Date();
    const thread = { id: crypto.randomUUID(), resourceId, title: '', createdAt: now, updatedAt: now };
    await memory.saveThread({ thread });
    writers.push(async () => {
      const identity = { id: crypto.randomUUID(), threadId: thread.id, resourceId };
      const message = { ...identity, role: 'assistant', type: 'v2', createdAt: new Date(), content } as const;
      await memory.saveMessages({ messages: [message] });
      return 1;
    });
  }
  return { round: (seconds) => repeat(writers, seconds) };
};
