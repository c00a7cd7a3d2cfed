import { createScratchDatabase, migrated, serveThreadstore } from '@threadstore/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { OpenLoop } from '../src/load/open-loop.ts';

test('what is more than the service takes is refused, and nothing that it acknowledged is lost', async () => {
  const scratch = await createScratchDatabase(migrated);
  onTestFinished(() => scratch.drop());
  const few = ['--calls-max', '4', '--tenant-calls-max', '8'];
  await using service = await serveThreadstore(['--database-url', scratch.url, '--log-level', 'error', ...few]);
  using loop = await OpenLoop.start(service.endpoint, 2);
  const { sent, stored, refused, others } = await loop.open(4_000, 1, { waits: false });
  expect(others).toEqual([]);
  expect(stored.length).toBeGreaterThan(0);
  expect(refused.length).toBeGreaterThan(0);
  expect(stored.length + refused.length).toBe(sent);
  expect(await loop.lost(service.endpoint)).toBe(0);
});
