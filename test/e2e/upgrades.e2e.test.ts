import { randomUUID } from 'node:crypto';
import { RemoteThreadStore } from '@threadstore/client';
import { createScratchDatabase, migrated, serveThreadstore, waitFor, type ScratchDatabase } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { threadstore } from './support/commands.ts';
import { logLines } from './support/log-lines.ts';
import { get, opsAddress } from './support/ops-address.ts';

/** For half a dozen processes, one after another, on a busy machine. */
const timeoutMs = 240_000;

const item = (n: bigint): string => JSON.stringify({ type: 'note', n: Number(n) });
const flags = ['--metrics-listen', '127.0.0.1:0'];
const newer = new URL('fixtures/newer-version.ts', import.meta.url).href;

/** What the command of this version is given, and that of a version with one migration more. */
function environments(database: ScratchDatabase, breaking: boolean): Record<'old' | 'new', Record<string, string>> {
  const old = { DATABASE_URL: database.url };
  return { old, new: { ...old, NODE_OPTIONS: `--import ${newer}`, BREAKING: `${breaking}` } };
}

const serve = (env: Record<string, string>): ReturnType<typeof threadstore> =>
  threadstore(['serve', '--listen', '127.0.0.1:0'], env);

/** Appends one batch after another until it is told to stop; its failures, and how many were acknowledged. */
class Writer {
  acknowledged = 0n;
  readonly failures: unknown[] = [];
  #stops = false;
  readonly #running: Promise<void>;

  constructor(store: RemoteThreadStore, threadId: string, epoch: bigint) {
    this.#running = this.#run(store, threadId, epoch);
  }

  async stop(): Promise<void> {
    this.#stops = true;
    await this.#running;
  }

  async #run(store: RemoteThreadStore, threadId: string, epoch: bigint): Promise<void> {
    while (!this.#stops) {
      const sequence = this.acknowledged;
      try {
        await store.appendItems({ threadId, epoch, sequence, items: [item(sequence)] });
        this.acknowledged += 1n;
      } catch (error) {
        this.failures.push(error);
        return;
      }
    }
  }
}

test(
  'a migration that is not breaking: both versions serve side by side, and no append fails',
  async () => {
    await using database = await createScratchDatabase(migrated);
    const env = environments(database, false);
    await using old = await serveThreadstore(flags, { env: env.old });
    await using store = new RemoteThreadStore({ endpoint: old.endpoint });
    const ops = await opsAddress(old);
    const threadId = randomUUID();
    const { epoch } = await store.createThread({ threadId });
    const writer = new Writer(store, threadId, epoch);
    await waitFor(() => writer.acknowledged > 5n, { what: 'appends before the migration' });
    const early = await serve(env.new);
    expect(early).toMatchObject({ code: 1, stdout: '' });
    expect(early.stderr).toContain("the database's schema is too old, run its migrations");
    expect(await threadstore(['migrate'], env.new)).toMatchObject({ code: 0, stderr: '' });
    await using young = await serveThreadstore([], { env: env.new });
    const before = writer.acknowledged;
    await waitFor(() => writer.acknowledged > before + 5n, { what: 'appends after the migration' });
    await writer.stop();
    expect(writer.failures).toEqual([]);
    expect(await get(`${ops}/readyz`)).toEqual({ status: 200, text: 'ok\n' });
    // What one version left the other goes on with, and back.
    await store.shutdownThread({ threadId, epoch });
    await using other = new RemoteThreadStore({ endpoint: young.endpoint });
    const taken = await other.resumeThread({ threadId });
    const last = writer.acknowledged;
    await other.appendItems({ threadId, epoch: taken.epoch, sequence: 0n, items: [item(last)] });
    const { items } = await store.loadHistory({ threadId });
    expect(items).toEqual(Array.from({ length: Number(last) + 1 }, (_, n) => item(BigInt(n))));
    expect(await old.stop()).toEqual({ code: 0, signal: null });
    await using again = await serveThreadstore([], { env: env.old });
    expect(await again.stop()).toEqual({ code: 0, signal: null });
  },
  timeoutMs,
);

test(
  'a breaking migration: the older version stops writing, says why and is not ready, and does not start again',
  async () => {
    await using database = await createScratchDatabase(migrated);
    const env = environments(database, true);
    await using old = await serveThreadstore(flags, { env: env.old });
    await using store = new RemoteThreadStore({ endpoint: old.endpoint, deadlineMs: 5_000 });
    const ops = await opsAddress(old);
    const threadId = randomUUID();
    const { epoch } = await store.createThread({ threadId });
    await store.appendItems({ threadId, epoch, sequence: 0n, items: [item(0n)] });
    expect(await threadstore(['migrate'], env.new)).toMatchObject({ code: 0, stderr: '' });
    await waitFor(async () => (await get(`${ops}/readyz`)).status === 503, { what: 'the older version to notice' });
    const reason = "the database's schema is of a newer threadstore, use that one";
    expect((await get(`${ops}/readyz`)).text).toMatch(new RegExp(`^${reason} \\(got \\d+, known \\d+\\)\\n$`));
    expect((await threadstore(['version', '--endpoint', old.endpoint])).stdout).toMatch(/ NOT_SERVING\n$/);
    const refused = {
      reason: 'BACKEND_UNAVAILABLE',
      effect: 'none',
      message: expect.stringContaining(reason) as string,
    };
    await expect(store.archiveThread({ threadId })).rejects.toMatchObject(refused);
    await expect(store.appendItems({ threadId, epoch, sequence: 1n, items: [item(1n)] })).rejects.toMatchObject({
      name: 'ThreadStoreError',
    });
    const lines = logLines(old.stderr()).filter(({ msg }) => msg === 'not ready');
    expect(lines).toMatchObject([{ level: 'error', reason: expect.stringContaining(reason) as string }]);
    await using young = await serveThreadstore([], { env: env.new });
    await using other = new RemoteThreadStore({ endpoint: young.endpoint });
    expect((await other.loadHistory({ threadId })).items).toEqual([item(0n)]);
    expect(await old.stop()).toEqual({ code: 0, signal: null });
    const again = await serve(env.old);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain(reason);
  },
  timeoutMs,
);
