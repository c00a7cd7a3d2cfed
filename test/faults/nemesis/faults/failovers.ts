import { setTimeout as sleep } from 'node:timers/promises';
import { type NativeServer, withClient } from '@threadstore/testkit';
import { now } from '../../history/recorder.ts';
import { tenants } from '../../history/tenants.ts';
import type { Database } from '../database.ts';
import type { Scene } from '../lane.ts';
import type { Fault, Injected } from './fault.ts';

const cancelEveryMs = 20;
const cancelsForMs = 2_000;
const splitForMs = 3_000;
/** How far behind an asynchronous standby is let fall, at most. */
const lagMsMax = 2_000;

/** The standby takes the place of a primary that is gone. */
function failedOver(database: Database, bit: boolean): Injected {
  let old: NativeServer | undefined;
  return {
    probe: () => bit && database.primary.pid === undefined,
    heal: async () => {
      old = await database.promote();
      database.follow();
    },
    rebuild: async () => {
      if (old !== undefined) await database.retire(old);
      await database.addStandby();
    },
  };
}

/** How much of the primary's log the standby has not got, in bytes. */
async function lagOf({ primary }: Database): Promise<number> {
  return withClient(primary.url, async (client) => {
    const { rows } = await client.query<{ lag: string }>(
      'select pg_wal_lsn_diff(pg_current_wal_flush_lsn(), flush_lsn)::text as lag from pg_stat_replication',
    );
    return Number(rows[0]?.lag ?? NaN);
  });
}

/** F16 and F17, as the standby is. */
export const failover: Fault = {
  title: 'the primary is killed and its standby promoted',
  lastsMs: [0, 500],
  inject: async ({ cluster: { database } }) => {
    await database.primary.kill();
    return failedOver(database, true);
  },
};

/** F16. */
export const lateFailover: Fault = {
  title: 'a standby that is behind is promoted',
  lastsMs: [0, 100],
  inject: async (scene, at) => {
    const { database } = scene.cluster;
    if (database.replication !== undefined) database.replication.mode = 'stall';
    await sleep(at * lagMsMax, undefined, { signal: scene.signal });
    const lag = { ms: Math.round(at * lagMsMax), bytes: await lagOf(database) };
    await database.primary.kill();
    // What was on its way is lost.
    database.replication?.cut();
    return { ...failedOver(database, lag.bytes > 0), lag };
  },
};

/** F18. */
export const splitBrain: Fault = {
  title: 'the standby is promoted while the primary goes on, and replicas are with either',
  lastsMs: [splitForMs, splitForMs],
  inject: async ({ cluster: { database } }) => {
    if (database.replication !== undefined) database.replication.mode = 'stall';
    const old = await database.promote();
    const [left = database.links, ...others] = database.links;
    database.follow(others);
    return {
      // Those on the old side wait for a standby that will not answer.
      probe: async () => (await database.waitingCommits(old)).length > 0,
      heal: async () => {
        await old.kill();
        database.follow([left].flat());
      },
      rebuild: async () => {
        await database.retire(old);
        await database.addStandby();
      },
    };
  },
};

/** F19. */
export const standbyFreeze: Fault = {
  title: 'the standby that commits wait for is stopped by SIGSTOP and goes on',
  lastsMs: [1_000, 6_000],
  inject: async ({ cluster: { database } }) => {
    const { primary, standby } = database;
    standby?.freeze();
    return {
      probe: async () => (await database.waitingCommits(primary)).length > 0,
      heal: () => standby?.thaw(),
    };
  },
};

/** F20: what was answered meanwhile is lost with the primary, so that an answer that was given too early shows. */
export const cancelledWait: Fault = {
  title: 'waits for the standby are cancelled, then the primary is killed and the standby promoted',
  lastsMs: [0, 0],
  inject: async (scene) => {
    const { database } = scene.cluster;
    const from = now();
    if (database.replication !== undefined) database.replication.mode = 'stall';
    const cancelled = await cancelWaits(scene, database);
    const ahead = await aheadOfStandby(database);
    await database.primary.kill();
    const until = now();
    for (const range of ahead) scene.recorder.record({ type: 'unreplicated', ...range, from, until });
    database.replication?.cut();
    return failedOver(database, cancelled > 0);
  },
};

/** The ordinals of each thread that the primary shows and the standby has not got. */
async function aheadOfStandby({ primary, standby }: Database) {
  if (standby === undefined) throw new Error('there is no standby');
  // In this order: nothing reaches the standby any more.
  const [there, here] = [await nextOrdinals(standby), await nextOrdinals(primary)];
  return [...here].flatMap(([thread, next]) => {
    const first = there.get(thread) ?? 0;
    return next > first ? [{ thread, first, last: next - 1 }] : [];
  });
}

async function nextOrdinals({ url }: NativeServer): Promise<ReadonlyMap<string, number>> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ thread: string; next: string }>(
      `select thread_id::text as thread, next_ordinal::text as next from threadstore.threads where tenant = $1`,
      [tenants[0]],
    );
    return new Map(rows.map(({ thread, next }) => [thread, Number(next)]));
  });
}

async function cancelWaits({ signal }: Scene, { primary }: Database): Promise<number> {
  let cancelled = 0;
  const until = performance.now() + cancelsForMs;
  await withClient(primary.url, async (client) => {
    while (performance.now() < until) {
      const { rowCount } = await client.query(
        `select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`,
      );
      cancelled += rowCount ?? 0;
      await sleep(cancelEveryMs, undefined, { signal });
    }
  });
  return cancelled;
}
