import { setTimeout as delay } from 'node:timers/promises';
import { appendFrame, type RawAnswer, RawClient } from '@threadstore/testkit';
import { item } from '../item.ts';
import type { OpenLoad } from './load.ts';
import { remoteStore } from './remote-store.ts';

const connections = 4;
const ok = 0;
const resourceExhausted = 8;
const itemBytes = Buffer.from(item);

interface Writer {
  readonly threadId: string;
  readonly epoch: number;
  readonly client: RawClient;
  sequence: number;
}

/**
 * Writers who append by unary calls, so many a second, each when it is due, and who don't wait when they are told to. An item is one that
 * was stored. What is due while no writer is free is not sent.
 */
export const heedlessAppends: OpenLoad = async ({ workers = 1, perSecond = 1, ...service }) => {
  const { place, token = '' } = service;
  const headers = { authorization: `Bearer ${token}` };
  const clients = Array.from({ length: connections }, () => new RawClient(place));
  const free = await writersOf(clients, workers, service);
  const append = async (writer: Writer): Promise<boolean> => {
    const answer = await writer.client.call('AppendItems', appendFrame({ ...writer, item: itemBytes }), headers);
    free.push(writer);
    if (!isExpected(answer)) throw new Error(`an answer that is none to this: ${answer.code} ${answer.message}`);
    if (answer.code === ok) writer.sequence += 1;
    return answer.code === ok;
  };
  return {
    round: async (seconds) => {
      const answers: Promise<boolean>[] = [];
      const start = performance.now();
      let due = 0;
      for (let now = 0; now < seconds; now = (performance.now() - start) / 1_000) {
        for (; due < now * perSecond; due += 1) {
          const writer = free.shift();
          if (writer !== undefined) answers.push(append(writer));
        }
        await delay(1);
      }
      const took = (performance.now() - start) / 1_000;
      const stored = (await Promise.all(answers)).filter(Boolean).length;
      return { items: stored, seconds: took };
    },
  };
};

async function writersOf(
  clients: readonly RawClient[],
  count: number,
  service: Parameters<typeof remoteStore>[0],
): Promise<Writer[]> {
  // Not closed: its end is that of their leases.
  const store = remoteStore(service);
  const writers: Writer[] = [];
  for (let writer = 0; writer < count; writer += 1) {
    const { threadId, epoch } = await store.createThread({ threadId: crypto.randomUUID() });
    const client = clients[writer % clients.length];
    if (client !== undefined) writers.push({ threadId, epoch: Number(epoch), client, sequence: 0 });
  }
  return writers;
}

function isExpected({ code }: RawAnswer): boolean {
  return code === ok || code === resourceExhausted;
}
