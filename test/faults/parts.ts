import type { Coverage, Floors } from './check/coverage.ts';
import type { DatabaseOptions } from './nemesis/database.ts';
import type { FaultCounts } from './nemesis/schedule.ts';

/** The sizes of a part, each of which the command line can set. */
export interface Sizes {
  /** How long the faults go on, at least. */
  readonly seconds: number;
  /** Replicas that are killed. */
  readonly kills: number;
  /** Threads that are taken from their writers. */
  readonly takeovers: number;
  /** Writer processes that are stopped while their threads are taken. */
  readonly freezes: number;
  readonly replicas: number;
  readonly processes: number;
  readonly threads: number;
}

/** A run: what is done to which set-up, and what of it has to hold. */
export interface Part extends Sizes {
  readonly name: string;
  readonly faults: FaultCounts;
  readonly database: DatabaseOptions;
  /** Whether the intruder is of another tenant than all others, as it should be. */
  readonly tenantsApart: boolean;
  /** Whether replicas keep an audit log. */
  readonly audited: boolean;
  /** The most that may pass from the end of a fault to the next acknowledged batch, in milliseconds. */
  readonly recoveryMsMax: number;
  /** The least acknowledged batches per second before the first fault, where an append for each thread is not under way all the time. */
  readonly rateMin: number;
  /** Rules that are looked at and not judged by, as the set-up does not promise them. */
  readonly notPromised: readonly string[];
}

const sizes: Sizes = { seconds: 240, kills: 0, takeovers: 200, freezes: 2, replicas: 2, processes: 3, threads: 16 };

const base = {
  ...sizes,
  faults: {},
  database: { standby: 'none' },
  tenantsApart: true,
  audited: true,
  recoveryMsMax: 10_000,
  rateMin: 200,
  notPromised: [],
} as const satisfies Omit<Part, 'name'>;

/**
 * What a failover to a standby that nobody waits for may break: what was acknowledged is gone, its ordinals and operation ids are given to
 * others, and answers that were given before differ from those that are given now. What is stored then is whole and in order all the same;
 * and as all writers are fenced, no epoch is granted twice, and nothing of an earlier one is stored.
 */
const lostWithAsyncStandby = 'R1 R3 R5 R7 R8 R9 R12 R13 R14 R15 R16 R18 R20'.split(' ');

/**
 * Postgres shows a write whose wait for the standby was cancelled to everybody, and a failover takes it along. It was acknowledged to nobody,
 * but somebody may have read it, or be reading; its ordinals are given to others then.
 */
const goneWithCancelledWaits = ['R1', 'R7', 'R8', 'R9', 'R14', 'R15', 'R18', 'R20'] as const;

/**
 * A replica whose connections lead to a primary that was deposed reads what that one has. Nothing that is acknowledged is written there, for its
 * commits wait for the standby, which has gone; but nobody tells it that others write elsewhere.
 */
const readFromTheOldPrimary = ['R8', 'R9', 'R14', 'R15', 'R18', 'R20'] as const;

const linkFaults = {
  'client-cut': 20,
  'client-stall': 4,
  'client-delay': 4,
  'reply-lost': 15,
  'database-cut': 20,
  'database-stall': 3,
  'database-reply-lost': 15,
  'slow-database': 4,
} as const satisfies FaultCounts;

/** Of a size that no machine is too slow for, and in `npm test`. */
const smoke = [
  {
    ...base,
    name: 'smoke',
    seconds: 8,
    kills: 3,
    takeovers: 20,
    threads: 6,
    faults: { 'postgres-kill': 1, 'client-cut': 2, 'database-cut': 2 },
    recoveryMsMax: 60_000,
    rateMin: 0,
  },
] as const satisfies readonly Part[];

const pr: readonly Part[] = [
  {
    ...base,
    name: 'mix',
    seconds: 270,
    kills: 20,
    freezes: 5,
    faults: {
      'server-freeze': 3,
      'server-restart': 4,
      'postgres-kill': 4,
      'backend-kill': 3,
      'client-cut': 4,
      'client-stall': 2,
      'client-delay': 2,
      'reply-lost': 5,
      'database-cut': 4,
      'database-stall': 2,
      'database-reply-lost': 5,
      'slow-database': 2,
    },
  },
];

const nightly: readonly Part[] = [
  { ...base, name: 'servers', seconds: 300, kills: 100, takeovers: 1_000, freezes: 10 },
  { ...base, name: 'restarts', faults: { 'server-restart': 20, 'server-freeze': 10 } },
  { ...base, name: 'postgres', seconds: 400, faults: { 'postgres-kill': 100, 'backend-kill': 10 } },
  {
    ...base,
    name: 'power',
    seconds: 300,
    database: { standby: 'none', volumeMiB: 2_048 },
    faults: { 'power-cut': 30 },
  },
  { ...base, name: 'disk', seconds: 60, database: { standby: 'none', volumeMiB: 1_024 }, faults: { 'disk-full': 4 } },
  { ...base, name: 'links', seconds: 300, faults: linkFaults },
  {
    ...base,
    name: 'standby',
    seconds: 300,
    database: { standby: 'sync' },
    faults: { failover: 10, 'standby-freeze': 4 },
  },
  {
    ...base,
    name: 'split',
    seconds: 60,
    database: { standby: 'sync' },
    faults: { 'split-brain': 3 },
    notPromised: readFromTheOldPrimary,
  },
  {
    ...base,
    name: 'cancelled',
    seconds: 120,
    database: { standby: 'sync' },
    faults: { 'cancelled-wait': 6 },
    notPromised: goneWithCancelledWaits,
  },
  {
    ...base,
    name: 'lossy',
    seconds: 60,
    database: { standby: 'async' },
    faults: { failover: 3, 'late-failover': 3 },
    notPromised: lostWithAsyncStandby,
  },
  { ...base, name: 'storm', seconds: 300, kills: 40, freezes: 5, faults: { ...linkFaults, 'postgres-kill': 20 } },
  { ...base, name: 'volume', seconds: 420, kills: 10, processes: 4, threads: 64 },
];

export const profiles = { smoke, pr, nightly } as const satisfies Readonly<Record<string, readonly Part[]>>;

/** What makes a run worth counting, by what was asked of it. */
export function floorsOf(
  { seconds, kills, takeovers, freezes, threads, rateMin }: Part,
  { appendsAtOnce }: Pick<Coverage, 'appendsAtOnce'>,
): Floors {
  const long = rateMin > 0;
  return {
    // On a slow machine, or a busy one, the load is as heavy at a lower rate: callers wait longer.
    ratePerSecond: appendsAtOnce >= threads ? 0 : rateMin,
    acknowledgedItems: 10 * (kills + takeovers),
    // Whether a kill falls between a commit and its answer is chance in a short run.
    resendsFoundStored: long ? Math.ceil(kills / 5) : 0,
    killsAmidCalls: Math.ceil(kills / 2),
    takeovers,
    staleAppendsRefused: takeovers,
    freezesThatBit: Math.floor(freezes / 2),
    ownCanariesSeen: 4,
    probesCompared: long ? Math.floor(seconds / 2) : 5,
    changesToAudit: long ? Math.floor(seconds / 2) : 5,
    refusalsToAudit: long ? Math.floor(seconds / 8) : 1,
    ...(long ? sideFloors(seconds) : {}),
  };
}

/** Of what goes on beside the writers. A good part of the time nobody may be served. */
function sideFloors(seconds: number): Floors {
  return {
    reads: Math.floor(seconds / 2),
    patches: Math.floor(seconds / 2),
    walks: Math.floor(seconds / 2),
    walksAmidCreates: Math.floor(seconds / 16),
    forks: Math.floor(seconds / 8),
    forksAmidAppends: Math.floor(seconds / 16),
    deletes: Math.floor(seconds / 16),
    deletesAmidAppends: Math.floor(seconds / 40),
    forgeriesRefused: Math.floor(seconds / 8),
  };
}
