import { waitFor } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import type { HistoryLine } from './history/lines.ts';
import { sampleMemory } from './memory-samples.ts';

test.skipIf(process.platform !== 'linux')('a process is sampled while there is one', async () => {
  const lines: HistoryLine[] = [];
  const processes = [
    { name: 'this one', pid: process.pid },
    { name: 'none', pid: undefined },
    // Beyond what Linux gives.
    { name: 'a former one', pid: 2 ** 30 },
  ];
  {
    using _sampling = sampleMemory(processes, { record: (line) => lines.push(line) });
    await waitFor(() => lines.length > 1);
  }
  for (const line of lines) {
    expect(line).toMatchObject({ type: 'sample', replica: 'this one' });
    const rssMiB = line.type === 'sample' ? line.rssMiB : 0;
    expect(rssMiB).toBeGreaterThan(10);
    expect(rssMiB).toBeLessThan((4 * process.memoryUsage().rss) / 2 ** 20);
  }
});
