import { setTimeout as delay } from 'node:timers/promises';
import { RemoteThreadStore } from '@threadstore/client';
import { appendFrame, RawClient, type RawAnswer } from '@threadstore/testkit';
import { check, exactly, quantile, type Scenario } from './scenario.ts';

const MiB = 1024 * 1024;
const connections = 20;
const itemBytes = 4 * MiB;
const attemptsMax = 400;

/** Calls of 4 MiB, all at once, each repeated when it is told to come again. Small calls go on beside them. */
export const largeRequests: Scenario = {
  about:
    '500 appends of 4 MiB at once over 20 connections, each repeated until it is stored, and small reads beside them',
  run: async ({ endpoint }, scale) => {
    const count = Math.ceil(500 * scale);
    await using store = new RemoteThreadStore({ endpoint });
    const threads = await Promise.all(
      Array.from({ length: count }, () => store.createThread({ threadId: crypto.randomUUID() })),
    );
    const clients = Array.from({ length: connections }, () => new RawClient(endpoint));
    const item = Buffer.from(JSON.stringify({ type: 'note', text: 'x'.repeat(itemBytes) }));
    const answers: RawAnswer[] = [];
    const append = async (index: number): Promise<number> => {
      const { threadId, epoch } = threads[index] ?? { threadId: '', epoch: 0n };
      for (let attempt = 1; ; attempt += 1) {
        const body = appendFrame({ threadId, epoch: Number(epoch), sequence: 0, item });
        const answer = await (clients[index % connections] as RawClient).call('AppendItems', body);
        answers.push(answer);
        if (answer.code === 0 || attempt === attemptsMax || answer.retryAfterMs === null) return attempt;
        await delay(answer.retryAfterMs);
      }
    };
    let under = true;
    const small: number[] = [];
    const reading = (async () => {
      while (under) {
        const start = performance.now();
        await store.listThreads({ pageSize: 1 });
        small.push(performance.now() - start);
      }
    })();
    const attempts = await Promise.all(threads.map((_, index) => append(index))).finally(() => {
      under = false;
    });
    await reading;
    let stored = 0;
    for (const { threadId } of threads) {
      const thread = await store.readThread({ threadId }).catch(() => null);
      if (thread?.nextOrdinal === 1n) stored += 1;
    }
    for (const client of clients) client.close();
    const refused = answers.filter(({ code }) => code === 8);
    const others = answers.filter(({ code }) => code !== 8 && code !== 0);
    return [
      exactly('appends stored', stored, count),
      {
        what: 'other answers than OK and RESOURCE_EXHAUSTED (expected none)',
        figure: [...new Set(others.map(({ code, message }) => `${String(code)} ${message}`))].join('; '),
        passed: others.length === 0,
      },
      check('appends refused, all told when to come again', refused.length, () =>
        refused.every((one) => one.retryAfterMs !== null),
      ),
      check('attempts of an append at most', Math.max(...attempts), () => true),
      check('small reads beside them, p99', quantile(small, 0.99), () => small.length > 0, ' ms'),
    ];
  },
};
