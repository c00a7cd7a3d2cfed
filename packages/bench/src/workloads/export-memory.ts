import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RemoteThreadStore } from '@threadstore/client';
import { serveThreadstore } from '@threadstore/testkit';
import { forgetPeakOf, memoryOf } from '../measuring/memory-of.ts';
import { embeddedPlace, nativePlace } from '../places.ts';
import type { Workload } from './workload.ts';

const threadBytes = 200 * 1_000_000;
const itemBytes = 800;
const batchItems = 1_000;
const threadstore = fileURLToPath(new URL('../../../server/bin/threadstore.js', import.meta.url));

export const exportMemory: Workload = {
  about: `memory of a freshly started service while \`threadstore export\` reads a thread of ${threadBytes / 1_000_000} MB from it`,
  inRounds: false,
  run: async () => {
    const rows = [['database', 'MB exported', 'seconds', 'MiB before', 'MiB at peak']];
    for (const open of [embeddedPlace, nativePlace]) {
      await using place = await open();
      const threadId = crypto.randomUUID();
      await using filling = await serve(place.serveArgs);
      await fill(filling.endpoint, threadId);
      await filling.stop();
      await using server = await serve(place.serveArgs);
      await forgetPeakOf(server.pid);
      const { nowMiB } = await memoryOf(server.pid);
      const start = performance.now();
      const bytes = await exportedBytes(server.endpoint, threadId);
      const seconds = (performance.now() - start) / 1_000;
      const { peakMiB } = await memoryOf(server.pid);
      const figures = [(bytes / 1_000_000).toFixed(1), seconds.toFixed(1), nowMiB.toFixed(0), peakMiB.toFixed(0)];
      rows.push([place.name, ...figures]);
    }
    return { rows, notes: [] };
  },
};

function serve(args: readonly string[]): ReturnType<typeof serveThreadstore> {
  return serveThreadstore([...args, '--log-level', 'error']);
}

async function fill(endpoint: string, threadId: string): Promise<void> {
  await using store = new RemoteThreadStore({ endpoint });
  const { epoch } = await store.createThread({ threadId });
  const frame = JSON.stringify({ type: 'event_msg', payload: { type: 'agent_message', message: '' } });
  const item = frame.replace('""', JSON.stringify('x'.repeat(itemBytes - frame.length)));
  const items = Array.from({ length: batchItems }, () => item);
  const batches = Math.ceil(threadBytes / (itemBytes * batchItems));
  for (let sequence = 0; sequence < batches; sequence += 1) {
    await store.appendItems({ threadId, epoch, sequence: BigInt(sequence), items });
  }
  await store.shutdownThread({ threadId, epoch });
}

async function exportedBytes(endpoint: string, threadId: string): Promise<number> {
  const child = spawn(process.execPath, [threadstore, 'export', '--endpoint', endpoint, threadId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => (bytes += chunk.length));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`threadstore export: exit code ${code}`);
  return bytes;
}
