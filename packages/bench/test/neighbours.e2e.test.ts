import { expect, test } from 'vitest';
import { startForTwo } from '../src/contenders/two-tenants.ts';
import { heedlessAppends } from '../src/load/heedless-appends.ts';
import { pacedAppends } from '../src/load/paced-appends.ts';
import { remoteStore } from '../src/load/remote-store.ts';
import { BenchPostgres } from '../src/postgres/bench-postgres.ts';

test('what is measured as neighbours are two tenants, of which the noisy one is refused', async () => {
  await using postgres = await BenchPostgres.start();
  await using service = await startForTwo(postgres, 50);
  const { endpoint: place, tokens } = service;
  await using quiet = remoteStore({ place, token: tokens.quiet });
  await using noisy = remoteStore({ place, token: tokens.noisy });
  const { threadId, epoch } = await quiet.createThread({ threadId: crypto.randomUUID() });
  await quiet.persistThread({ threadId, epoch });
  await expect(noisy.readThread({ threadId })).rejects.toMatchObject({ reason: 'THREAD_NOT_FOUND' });

  const due = 1_000;
  const heedless = await heedlessAppends({ place, token: tokens.noisy, workers: 20, perSecond: due });
  const paced = await pacedAppends({ place, token: tokens.quiet, workers: 2, perSecond: 25 });
  const [ofNoisy, ofQuiet] = await Promise.all([heedless.round(1), paced.round(1)]);
  expect(ofNoisy.items).toBeGreaterThan(0);
  expect(ofNoisy.items).toBeLessThan(due / 2);
  expect(ofQuiet.items).toBeGreaterThan(0);
});
