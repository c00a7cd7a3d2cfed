import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RemoteThreadStore } from '@threadstore/client';
import { startThreadstore } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { serveForCodex } from './serving.ts';
import { itemsOfSession, runSessions } from './sessions.ts';

function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'threadstore-codex-'));
  return work(folder).finally(() => rmSync(folder, { recursive: true }));
}

test('calls over a connection each are all answered, and a native client sees what they stored', async () => {
  await inFolder(async (folder) => {
    await using serving = await serveForCodex(['--data-dir', folder, '--log-level', 'warn']);
    const { codexEndpoint, endpoint } = serving;
    const load = { endpoints: [codexEndpoint], callsPerSecond: 200, calls: 320, sessions: 20 };
    const { calls, failures, finished } = await runSessions(load);
    expect({ calls, failures }).toEqual({ calls: 320, failures: {} });
    expect(finished.length).toBeGreaterThan(10);
    await using store = new RemoteThreadStore({ endpoint });
    for (const threadId of finished) {
      const { nextOrdinal, preview, lease } = await store.readThread({ threadId });
      expect({ nextOrdinal, preview, lease }).toEqual({
        nextOrdinal: BigInt(itemsOfSession),
        preview: 'list the files',
        lease: null,
      });
    }
    expect((await serving.stop()).code).toBe(0);
    expect(serving.stderr()).not.toContain('"error"');
  });
});

test('an address that is taken ends the service, which then listens nowhere', async () => {
  await inFolder(async (folder) => {
    await using other = await serveForCodex(['--data-dir', join(folder, 'one')]);
    const args = [
      'serve',
      '--listen',
      '127.0.0.1:0',
      '--codex-listen',
      other.codexEndpoint,
      '--data-dir',
      join(folder, 'two'),
    ];
    await using refused = await startThreadstore([...args, '--log-level', 'silent']);
    expect(await refused.ended).toEqual({ code: 1, signal: null });
    expect([refused.stdout(), refused.stderr()]).toEqual([
      '',
      `threadstore: --codex-listen: ${other.codexEndpoint} is in use by another process (choose another address with --codex-listen)\n`,
    ]);
  });
});
