import assert from 'node:assert/strict';
import { chapter, check } from '../chapter.ts';
import { item } from '../support/items.ts';
import { assertRefusal, refused } from '../support/refusals.ts';
import { createThread, createUnmaterialised, itemsOf, newThreadId, steal, Writer } from '../support/threads.ts';

/** Appends one batch of two items after another, until it is refused; which batches were acknowledged. */
async function appendUntilFenced(
  writer: Writer,
  { granted, acknowledged }: { granted: () => boolean; acknowledged: (count: number) => void },
): Promise<string[]> {
  const stored: string[] = [];
  for (let n = 0; ; n += 1) {
    const batch = [item(`${writer.epoch} ${n} a`), item(`${writer.epoch} ${n} b`)];
    // Asked before the call: an answer may overtake the other's grant, a call that is made after the grant may not succeed.
    const tooLate = granted();
    const outcome: unknown = await writer.append(...batch).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      assertRefusal(outcome, 'FENCED');
      return stored;
    }
    assert.ok(!tooLate, 'no append succeeds that was made after the next grant was acknowledged');
    stored.push(...batch);
    acknowledged(n + 1);
  }
}

export const takeoversChapter = chapter(
  'two clients: takeovers',
  check(
    'a takeover under load loses nothing that was acknowledged, and lets nothing through',
    async ({ store, open }) => {
      const other = await open();
      let current = await createThread(store);
      const expected: string[] = [];
      for (const thief of [other, store, other, store]) {
        let granted = false;
        const warm = Promise.withResolvers<void>();
        const load = appendUntilFenced(current, {
          granted: () => granted,
          acknowledged: (count) => {
            if (count >= 5) warm.resolve();
          },
        });
        await Promise.race([warm.promise, load]);
        const resumed = await thief.resumeThread({ threadId: current.threadId, takeover: 'steal' });
        granted = true;
        expected.push(...(await load));
        assert.equal(resumed.nextOrdinal, BigInt(expected.length), 'the grant tells where the next item goes');
        assert.deepEqual(await itemsOf(store, current), expected, 'each acknowledged batch once, and no other');
        current = new Writer(thief, resumed);
      }
      await current.append(item('last'));
      assert.deepEqual(await itemsOf(store, current), [...expected, item('last')]);
    },
  ),

  check(
    'appends under way when a thread is stolen are stored as a whole, in order, or not at all',
    async ({ store, open }) => {
      const writer = await createThread(store);
      const other = await open();
      const batches = Array.from({ length: 20 }, (_, n) => [item(`${n} a`), item(`${n} b`)]);
      const appends = Promise.allSettled(batches.map((batch) => writer.append(...batch)));
      const thief = await steal(other, writer);
      const first = await thief.append(item('thief'));
      const outcomes = await appends;
      const stored = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
      for (const outcome of outcomes.slice(stored)) {
        assert.equal(outcome.status, 'rejected', 'what is stored is a beginning of what was sent');
        assertRefusal(outcome.reason, 'FENCED', { actual: String(thief.epoch) });
      }
      assert.deepEqual(await itemsOf(other, writer), [...batches.slice(0, stored).flat(), item('thief')]);
      assert.equal(first.firstOrdinal, BigInt(2 * stored));
    },
  ),

  check('of many creations of one id exactly one wins', async ({ store, open }) => {
    const threadId = newThreadId();
    const clients = [store, await open(), await open(), await open()];
    const attempts = [...clients, ...clients].map(async (client, n) => ({
      n,
      client,
      outcome: await client
        .createThread({ threadId, metadata: { name: `attempt ${n}` } })
        .catch((error: unknown) => error),
    }));
    const outcomes = await Promise.all(attempts);
    const lost = outcomes.filter(({ outcome }) => outcome instanceof Error);
    for (const { outcome } of lost) assertRefusal(outcome, 'THREAD_EXISTS');
    const [winner, ...others] = outcomes.filter(({ outcome }) => !(outcome instanceof Error));
    assert.ok(winner !== undefined && others.length === 0, `${others.length + 1} winners`);
    const writer = new Writer(winner.client, winner.outcome as Awaited<ReturnType<typeof store.createThread>>);
    await writer.append(item(0));
    assert.equal((await store.readThread({ threadId })).name, `attempt ${winner.n}`);
  }),

  check('of many steals each gets an epoch of its own, and only the greatest writes', async ({ store, open }) => {
    const first = await createUnmaterialised(store);
    await first.append(item(0));
    const clients = [store, await open(), await open(), await open()];
    const writers = await Promise.all([...clients, ...clients].map((client) => steal(client, first)));
    const epochs = writers.map((writer) => writer.epoch);
    assert.equal(new Set([first.epoch, ...epochs]).size, writers.length + 1, 'no epoch is granted twice');
    const greatest = epochs.reduce((a, b) => (a > b ? a : b));
    assert.ok(epochs.every((epoch) => epoch > first.epoch));
    for (const writer of writers) {
      if (writer.epoch === greatest) continue;
      await refused(writer.append(item('fenced')), 'FENCED', { actual: String(greatest) });
    }
    await writers.find((writer) => writer.epoch === greatest)?.append(item(1));
    assert.deepEqual(await itemsOf(store, first), [item(0), item(1)]);
    assert.equal((await store.readThread(first)).epoch, greatest);
  }),

  check('of many polite resumes exactly one wins', async ({ store, open }) => {
    const writer = await createThread(store);
    await writer.shutdown();
    const { threadId } = writer;
    const clients = [store, await open(), await open()];
    const outcomes = await Promise.all(
      [...clients, ...clients].map((client) => client.resumeThread({ threadId }).catch((error: unknown) => error)),
    );
    const lost = outcomes.filter((outcome) => outcome instanceof Error);
    assert.equal(lost.length, outcomes.length - 1, 'one winner');
    for (const error of lost) assertRefusal(error, 'WRITER_LIVE');
  }),

  check('one sequence sent by two clients with different items is stored once', async ({ store, open }) => {
    const writer = await createThread(store);
    const other = await open();
    for (let n = 0; n < 5; n += 1) {
      const batch = (text: string): Parameters<typeof store.appendItems>[0] => ({
        ...writer.ref,
        sequence: BigInt(n),
        items: [item(text)],
      });
      const outcomes = await Promise.allSettled([
        store.appendItems(batch(`${n} x`)),
        other.appendItems(batch(`${n} y`)),
      ]);
      const won = outcomes.findIndex((outcome) => outcome.status === 'fulfilled');
      const lost = outcomes[1 - won];
      assert.ok(won >= 0 && lost?.status === 'rejected', 'exactly one is stored');
      assertRefusal(lost.reason, 'SEQUENCE_REUSED');
      const stored = await itemsOf(store, writer);
      assert.deepEqual([stored.length, stored.at(-1)], [n + 1, item(`${n} ${won === 0 ? 'x' : 'y'}`)]);
    }
  }),
);
