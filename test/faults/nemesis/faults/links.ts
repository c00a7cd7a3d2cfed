import { type TcpProxy, waitFor } from '@threadstore/testkit';
import { pick } from '../../random.ts';
import type { Scene } from '../lane.ts';
import type { Replica } from '../replica.ts';
import { type Fault, type Injected } from './fault.ts';

/** More than what keeps idle connections alive. */
const busyBytes = 5_000;

type LinkOf = (replica: Replica) => TcpProxy;

const toServer: LinkOf = ({ link }) => link;
const toDatabase: LinkOf = ({ databaseLink }) => databaseLink;

const delaysMs = [20, 800] as const;

/** Delays of what passes, more with `at`. */
function delayMs(at: number): number {
  const [least, most] = delaysMs;
  return Math.round(least + at * (most - least));
}

/** One that is done and undone at once. */
interface LinkInjected extends Injected {
  readonly probe: () => boolean;
  readonly heal: () => void;
}

type LinkFault = (link: TcpProxy, at: number) => LinkInjected;

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

/** A link that something passes through: writers may all have gone to one replica. */
async function busyLink({ cluster, signal }: Scene, linkOf: LinkOf, at: number): Promise<TcpProxy> {
  const links = cluster.replicas.map((replica) => ({
    link: linkOf(replica),
    before: linkOf(replica).tally.receivedBytes,
  }));
  return waitFor(
    () => {
      signal.throwIfAborted();
      const busy = links.filter(({ link, before }) => link.tally.receivedBytes > before + busyBytes);
      return busy.length > 0 && pick(busy, at).link;
    },
    { timeoutMs: 60_000, what: 'a link that something passes through' },
  );
}

/** Of one replica's link. */
function one(title: string, lastsMs: Fault['lastsMs'], linkOf: LinkOf, fault: LinkFault): Fault {
  return {
    title,
    lastsMs,
    inject: async (scene: Scene, at) => fault(await busyLink(scene, linkOf, at), at),
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
        for (const { heal } of all) heal();
      },
    };
  },
};
