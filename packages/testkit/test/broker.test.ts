import { expect, test } from 'vitest';
import { openBroker, testRun } from '../src/broker.ts';
import { type RunningPostgres } from '../src/running-postgres.ts';

/** Stands for a start that is told of: what is tested is when it is called. */
function recorder(): { events: string[]; start: (run: string) => Promise<RunningPostgres> } {
  const events: string[] = [];
  return {
    events,
    start: async (run) => {
      events.push(`start ${run}`);
      return {
        url: 'postgres://there',
        source: 'native',
        stop: async () => {
          events.push('stop');
        },
      };
    },
  };
}

const desk = (): string => process.env['THREADSTORE_TEST_BROKER'] ?? '';

test('starts nothing for a run in which nobody asks', async () => {
  const { events, start } = recorder();
  const close = await openBroker(start);
  await close();
  expect(events).toEqual([]);
});

test('starts once for all who ask, and stops at the end', async () => {
  const { events, start } = recorder();
  const close = await openBroker(start);
  const answers = await Promise.all([testRun(), testRun(), (await fetch(desk())).json()]);
  const [first] = answers;
  expect(first.run).toMatch(/^[0-9a-f]{8}$/);
  expect(first.postgresUrl).toBe('postgres://there');
  expect(answers).toEqual([first, first, first]);
  expect(events).toEqual([`start ${first.run}`]);
  await close();
  expect(events).toEqual([`start ${first.run}`, 'stop']);
});

test('tells nothing to who does not know where to ask', async () => {
  const { events, start } = recorder();
  const close = await openBroker(start);
  expect((await fetch(new URL('/', desk()))).status).toBe(404);
  expect(events).toEqual([]);
  await close();
});

test('says to all who ask why there is no server', async () => {
  const close = await openBroker(async () => {
    throw new Error('no server: no reason');
  });
  for (const _ of [1, 2]) {
    const response = await fetch(desk());
    expect([response.status, await response.text()]).toEqual([500, 'no server: no reason']);
  }
  await close();
});
