import { appendBatches } from './append-batches.ts';
import { appendIndexed } from './append-indexed.ts';
import { appendLive } from './append-live.ts';
import { appendSlowDisk } from './append-slow-disk.ts';
import { append } from './append.ts';
import { exportMemory } from './export-memory.ts';
import { fork } from './fork.ts';
import { lists } from './lists.ts';
import { longThread } from './long-thread.ts';
import { neighbours } from './neighbours.ts';
import { overload } from './overload.ts';
import { pages } from './pages.ts';
import { protection } from './protection.ts';
import { read } from './read.ts';
import { search } from './search.ts';
import { slowReaders } from './slow-readers.ts';
import { startUp } from './start-up.ts';
import type { Workload } from './workload.ts';

/** In the order in which they run. */
export const workloads = {
  append,
  'append-slow-disk': appendSlowDisk,
  'append-batches': appendBatches,
  read,
  'long-thread': longThread,
  'slow-readers': slowReaders,
  'append-indexed': appendIndexed,
  'append-live': appendLive,
  fork,
  pages,
  lists,
  search,
  'start-up': startUp,
  'export-memory': exportMemory,
  overload,
  protection,
  neighbours,
} satisfies Record<string, Workload>;

export type WorkloadName = keyof typeof workloads;

export const workloadNames = Object.keys(workloads) as readonly WorkloadName[];
