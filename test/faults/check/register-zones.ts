/** A write of a value that nothing else writes, or a read. */
export interface RegisterOperation {
  readonly kind: 'write' | 'read';
  readonly value: string;
  readonly at: number;
  /** Infinity for a write whose outcome nobody knows. */
  readonly endedAt: number;
  readonly by: string;
}

interface Cluster {
  readonly value: string;
  /** The first end of a write of the value and its reads, and the last beginning. */
  readonly firstEnd: number;
  readonly lastBegin: number;
}

/**
 * What speaks against a register having been read and written one operation after the other, each at some moment between its
 * beginning and its end.
 *
 * Nothing has to be searched for, as each value is written once. The write of a value and its reads have to stand side by side. If the
 * first of them ends before the last begins, the register has the value from the one time to the other, its zone: no two zones may
 * overlap, and no write whose reads all meet at one moment may have only moments in the zone of another (Gibbons and Korach, "Testing
 * Shared Memories", 1997). The time it takes is that of sorting.
 */
export function registerFaults(operations: readonly RegisterOperation[]): readonly string[] {
  const writes = new Map<string, RegisterOperation>();
  for (const operation of operations) if (operation.kind === 'write') writes.set(operation.value, operation);
  const faults: string[] = [];
  const read = new Map<string, RegisterOperation[]>();
  for (const operation of operations) {
    if (operation.kind === 'write') continue;
    const { value, by, endedAt } = operation;
    const write = writes.get(value);
    if (write === undefined) faults.push(`${by} read ${value}, which nobody can have written`);
    else if (endedAt < write.at) faults.push(`${by} read ${value} before ${write.by} wrote it`);
    else {
      const known = read.get(value);
      if (known === undefined) read.set(value, [operation]);
      else known.push(operation);
    }
  }
  const clusters = [...writes.values()].flatMap((write) => clusterOf(write, read.get(write.value) ?? []));
  return [...faults, ...overlaps(clusters)];
}

/** None for a write of unknown outcome that nobody has read: it may have had no effect. */
function clusterOf(write: RegisterOperation, reads: readonly RegisterOperation[]): readonly Cluster[] {
  if (write.endedAt === Infinity && reads.length === 0) return [];
  let [firstEnd, lastBegin] = [write.endedAt, write.at];
  for (const { at, endedAt } of reads) {
    firstEnd = Math.min(firstEnd, endedAt);
    lastBegin = Math.max(lastBegin, at);
  }
  return [{ value: write.value, firstEnd, lastBegin }];
}

function* overlaps(clusters: readonly Cluster[]): Iterable<string> {
  const zones = clusters.filter(isZone).toSorted((a, b) => a.firstEnd - b.firstEnd);
  // So that a zone within an earlier, longer one is found, too.
  const longest: Cluster[] = [];
  for (const zone of zones) {
    const before = longest.at(-1);
    if (before !== undefined && before.lastBegin > zone.firstEnd)
      yield `${before.value} was read as late as ${ms(before.lastBegin)}, though ${zone.value} had been there at ${ms(zone.firstEnd)}`;
    longest.push(before !== undefined && before.lastBegin > zone.lastBegin ? before : zone);
  }
  for (const cluster of clusters) {
    if (isZone(cluster)) continue;
    const around = lastBefore(zones, longest, cluster.lastBegin);
    if (around !== undefined && around.lastBegin > cluster.firstEnd)
      yield `${cluster.value} was there between ${ms(cluster.lastBegin)} and ${ms(cluster.firstEnd)}, all within the time of ${around.value}`;
  }
}

function isZone({ firstEnd, lastBegin }: Cluster): boolean {
  return firstEnd < lastBegin;
}

/** The longest of the zones that begin before a time. */
function lastBefore(zones: readonly Cluster[], longest: readonly Cluster[], time: number): Cluster | undefined {
  let [low, high] = [0, zones.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((zones[middle]?.firstEnd ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  return longest[low - 1];
}

function ms(time: number): string {
  return `${Math.round(time)} ms`;
}
