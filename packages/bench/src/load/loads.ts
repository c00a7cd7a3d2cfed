import { emmettAppends } from './emmett-appends.ts';
import { heedlessAppends } from './heedless-appends.ts';
import { liveAppends } from './live-appends.ts';
import type { OpenLoad } from './load.ts';
import { mastraAppends } from './mastra-appends.ts';
import { messageDbAppends } from './message-db-appends.ts';
import { pacedAppends } from './paced-appends.ts';
import { postgresAppends } from './postgres-appends.ts';
import { postgresCopy } from './postgres-copy.ts';
import { postgresReads } from './postgres-reads.ts';
import { stoppedReaders } from './stopped-readers.ts';
import { threadLookUps } from './thread-look-ups.ts';
import { threadstoreAppends } from './threadstore-appends.ts';
import { threadstoreBatches } from './threadstore-batches.ts';
import { threadstoreReads } from './threadstore-reads.ts';

export const loads = {
  'emmett-appends': emmettAppends,
  'heedless-appends': heedlessAppends,
  'live-appends': liveAppends,
  'mastra-appends': mastraAppends,
  'message-db-appends': messageDbAppends,
  'paced-appends': pacedAppends,
  'postgres-appends': postgresAppends,
  'postgres-copy': postgresCopy,
  'postgres-reads': postgresReads,
  'stopped-readers': stoppedReaders,
  'thread-look-ups': threadLookUps,
  'threadstore-appends': threadstoreAppends,
  'threadstore-batches': threadstoreBatches,
  'threadstore-reads': threadstoreReads,
} satisfies Record<string, OpenLoad>;

export type LoadName = keyof typeof loads;
