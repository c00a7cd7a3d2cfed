import { type Part, profiles } from './parts.ts';

/** A set-up that breaks a promise, or does not, and by which rule that has to be seen. */
export interface Control {
  readonly part: Part;
  /** The rule that catches it; undefined where nothing may be found, and why that is so is what it shows. */
  readonly caughtBy: string | undefined;
  readonly shows: string;
}

const [smoke] = profiles.smoke;

/** Some takeovers, as a writer whose batches are gone gets no further. */
const small: Part = { ...smoke, name: 'control', seconds: 6, kills: 0, takeovers: 10, freezes: 0 };

/** Sessions that wait for nothing, and a server that is in no hurry. */
const lazyCommit = ['synchronous_commit=off', 'wal_writer_delay=10s', 'wal_writer_flush_after=1GB'];

export const controls = {
  'lazy-commit': {
    part: {
      ...small,
      database: { standby: 'none', settings: lazyCommit },
      faults: { 'postgres-kill': 1 },
    },
    caughtBy: 'R3',
    shows: 'with synchronous_commit=off a crash of Postgres loses what was acknowledged',
  },
  'no-fsync': {
    part: {
      ...small,
      database: { standby: 'none', settings: ['fsync=off'], volumeMiB: 1_024 },
      faults: { 'power-cut': 1 },
    },
    caughtBy: 'R3',
    shows: 'with fsync=off a power cut loses what was acknowledged',
  },
  'no-fsync-kill': {
    part: { ...small, database: { standby: 'none', settings: ['fsync=off'] }, faults: { 'postgres-kill': 2 } },
    caughtBy: undefined,
    shows: 'with fsync=off a crash of Postgres loses nothing: only a power cut tests what is on the disk',
  },
  'late-standby': {
    part: { ...small, database: { standby: 'async' }, faults: { 'late-failover': 1 } },
    caughtBy: 'R3',
    shows: 'a failover to a standby that nobody waits for loses what was acknowledged',
  },
  'one-tenant': {
    // It deletes and takes what it can: nothing is asked of those from whom it is taken.
    part: { ...small, takeovers: 0, tenantsApart: false },
    caughtBy: 'R17',
    shows: 'an intruder with a token of the same tenant gets at what others have',
  },
  unaudited: {
    part: { ...small, audited: false },
    caughtBy: 'R23',
    shows: 'a service without an audit log tells nobody of its changes',
  },
} as const satisfies Readonly<Record<string, Control>>;

export type ControlName = keyof typeof controls;
