import type { TcpProxy } from '@threadstore/testkit';
import type { Scene } from '../lane.ts';
import type { Replica } from '../replica.ts';
import { type Fault, type Injected, servingReplica } from './fault.ts';

type LinkOf = (replica: Replica) => TcpProxy;

const toServer: LinkOf = ({ link }) => link;
const toDatabase: LinkOf = ({ databaseLink }) => databaseLink;

const delaysMs = [20, 800] as const;

/** Delays of what passes, more with `at`. */
function delayMs(at: number): number {
  const [least, most] = delaysMs;
  return Math.round(least + at * (most - least));
}

type LinkFault = (link: TcpProxy, at: number) => Injected;

const cut: LinkFault = (link) => {
  const before = link.tally.cut;
  link.cut();
  return { probe: () => link.tally.cut > before, heal: () => undefined };
};

const stall: LinkFault = (link) => {
  const before = link.tally.delayedBytes;
  link.mode = 'stall';
  return {
    probe: () => link.tally.delayedBytes > before,
    heal: () => {
      link.mode = 'open';
    },
  };
};

const delay: LinkFault = (link, at) => {
  const before = link.tally.delayedBytes;
  link.delayMs = delayMs(at);
  return {
    probe: () => link.tally.delayedBytes > before,
    heal: () => {
      link.delayMs = 0;
    },
  };
};

const loseReplies: LinkFault = (link) => {
  const before = link.tally.swallowedBytes;
  link.mode = 'mute';
  return {
    probe: () => link.tally.swallowedBytes > before,
    heal: () => {
      link.cut();
      link.mode = 'open';
    },
  };
};

/** Of one replica's link. */
function one(title: string, lastsMs: Fault['lastsMs'], linkOf: LinkOf, fault: LinkFault): Fault {
  return {
    title,
    lastsMs,
    inject: async (scene: Scene, at) => fault(linkOf(await servingReplica(scene, at)), at),
  };
}

/** F6. */
export const clientCut = one('connections of clients are reset', [0, 20], toServer, cut);
export const databaseCut = one('connections to Postgres are reset', [0, 20], toDatabase, cut);
/** F7. */
export const clientStall = one('clients and a replica hear nothing of each other', [1_000, 8_000], toServer, stall);
export const databaseStall = one(
  'a replica and Postgres hear nothing of each other',
  [1_000, 8_000],
  toDatabase,
  stall,
);
/** F9. */
export const clientDelay = one('what passes between clients and a replica is late', [1_000, 5_000], toServer, delay);
/** F10. */
export const replyLost = one('replies of a replica are lost, then the connections', [50, 400], toServer, loseReplies);
export const databaseReplyLost = one(
  'replies of Postgres are lost, then the connections',
  [50, 400],
  toDatabase,
  loseReplies,
);

/** F12. */
export const slowDatabase: Fault = {
  title: 'what passes between all replicas and Postgres is late',
  lastsMs: [1_000, 5_000],
  inject: async ({ cluster }, at) => {
    const all = cluster.database.links.map((link) => delay(link, at));
    return {
      probe: () => all.every(({ probe }) => probe()),
      heal: () => {
        for (const { heal } of all) void heal();
      },
    };
  },
};
