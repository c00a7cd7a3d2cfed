import { cancelledWait, failover, lateFailover, splitBrain, standbyFreeze } from './failovers.ts';
import type { Fault } from './fault.ts';
import {
  clientCut,
  clientDelay,
  clientStall,
  databaseCut,
  databaseReplyLost,
  databaseStall,
  replyLost,
  slowDatabase,
} from './links.ts';
import { backendKill, diskFull, postgresKill, powerCut } from './postgres.ts';
import { serverFreeze, serverRestart } from './servers.ts';

/** All faults but those that go on beside them: kills of replicas, takeovers and freezes of writers. */
export const catalogue = {
  'server-freeze': serverFreeze,
  'server-restart': serverRestart,
  'postgres-kill': postgresKill,
  'backend-kill': backendKill,
  'power-cut': powerCut,
  'disk-full': diskFull,
  'client-cut': clientCut,
  'client-stall': clientStall,
  'client-delay': clientDelay,
  'reply-lost': replyLost,
  'database-cut': databaseCut,
  'database-stall': databaseStall,
  'database-reply-lost': databaseReplyLost,
  'slow-database': slowDatabase,
  failover,
  'late-failover': lateFailover,
  'split-brain': splitBrain,
  'standby-freeze': standbyFreeze,
  'cancelled-wait': cancelledWait,
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultKind = keyof typeof catalogue;

export const faultKinds = Object.keys(catalogue) as readonly FaultKind[];
