import { waitFor, withClient } from '@threadstore/testkit';
import { pick } from '../../random.ts';
import type { Fault } from './fault.ts';

/** F3. */
export const postgresKill: Fault = {
  title: 'all processes of Postgres are killed by SIGKILL',
  lastsMs: [0, 2_000],
  inject: async ({ cluster: { database } }) => {
    await database.primary.kill();
    return {
      probe: () => database.primary.pid === undefined,
      heal: () => database.primary.restart(),
    };
  },
};

/** F4. */
export const backendKill: Fault = {
  title: 'a process of Postgres that serves a connection is killed by SIGKILL',
  lastsMs: [100, 200],
  inject: async ({ cluster: { database } }, at) => {
    const pid = await waitFor(() =>
      withClient(database.primary.url, async (client) => {
        // One that is at work where there is one.
        const { rows } = await client.query<{ pid: number }>(
          `select pid from pg_stat_activity where application_name like 'replica-%'
           order by state = 'active' desc, pid limit 3`,
        );
        return rows.length > 0 && pick(rows, at).pid;
      }),
    );
    process.kill(pid, 'SIGKILL');
    const told = `PID ${pid}) was terminated by signal 9`;
    return {
      probe: () => waitFor(() => database.primary.log.includes(told)),
      heal: () => database.isUp(),
    };
  },
};

/** F5. */
export const powerCut: Fault = {
  title: 'the power of the database host is cut',
  lastsMs: [0, 500],
  inject: async ({ cluster: { database } }) => {
    await database.primary.cutPower();
    return {
      probe: () => database.primary.pid === undefined,
      heal: () => database.primary.restart(),
    };
  },
};

/** F14 and, as the log is on the same disk, F15. */
export const diskFull: Fault = {
  title: 'the disk of Postgres is full',
  lastsMs: [1_000, 4_000],
  inject: async ({ cluster: { database } }) => {
    const { primary } = database;
    primary.volume.fill(primary.pid ?? 0);
    return {
      probe: () => waitFor(() => primary.log.includes('No space left on device')),
      heal: async () => {
        primary.volume.drain(primary.pid);
        if (primary.pid === undefined) await primary.restart();
        await database.isUp();
      },
    };
  },
};
