import { waitFor, withClient } from '@threadstore/testkit';
import { pick } from '../random.ts';
import type { Cluster } from './cluster.ts';
import type { Replica } from './replica.ts';

/** Shorter than what an append waits for a lock. */
const holdMsMax = 1_500;
/** An append may wait for a thread's lock that another transaction of the stopped replica has: it will not come to its end. */
const commitMsMax = 1_000;

export interface FrozenReplica {
  readonly replica: Replica;
  /** Whether what it had in the database is committed. */
  readonly committed: boolean;
}

/**
 * Stops a replica that has an append in the database, one that `at` picks, and resolves with it when the append is committed: the
 * answer is then on its way to a process that never reads it. Resolves with undefined when no replica appends, or Postgres is away.
 */
export async function freezeAmidCommit(
  { databaseUrl, replicas }: Cluster,
  at: number,
): Promise<FrozenReplica | undefined> {
  let frozen: Replica | undefined;
  const work = withClient(databaseUrl, async (client) => {
    const namesWhere = async (condition: string): Promise<readonly string[]> => {
      const { rows } = await client.query<{ name: string }>(
        `select distinct application_name as name from pg_stat_activity where ${condition} order by name`,
      );
      return rows.map(({ name }) => name);
    };
    await client.query('begin');
    // Appends wait for it, reads and grants do not.
    await client.query('lock table threadstore.items in share mode');
    try {
      await waitFor(
        async () => {
          const waiting = await namesWhere(`wait_event_type = 'Lock'`);
          const candidates = replicas.filter(({ name, isServing }) => isServing && waiting.includes(name));
          return candidates.length > 0 && (frozen = pick(candidates, at));
        },
        { timeoutMs: holdMsMax },
      );
      frozen?.freeze();
    } catch {
      // Nobody writes: all clients are looking for a replica that serves.
    } finally {
      await client.query('commit');
    }
    return frozen !== undefined && (await isIdle(frozen.name, namesWhere));
  });
  // Another fault may have taken the database away.
  const committed = await work.catch(() => false);
  return frozen && { replica: frozen, committed };
}

async function isIdle(name: string, namesWhere: (condition: string) => Promise<readonly string[]>): Promise<boolean> {
  try {
    await waitFor(async () => !(await namesWhere(`state = 'active'`)).includes(name), { timeoutMs: commitMsMax });
    return true;
  } catch {
    return false;
  }
}
