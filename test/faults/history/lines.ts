import type { Answers, Asked } from './operations.ts';
import type { Tenant } from './tenants.ts';

/**
 * What the files of a recorded run hold, one JSON object on each line. Everything that the checker judges by is in them, so that
 * a run can be judged again when a rule has changed.
 *
 * Times (`at`) are milliseconds of the machine's monotonic clock, which all processes of a run share. The line of a call's
 * invocation is written before the call is made, that of its completion after the answer came.
 */
export type HistoryLine =
  | ClientLine
  | InvokeLine
  | CompletionLine
  | FaultLine
  | ReadLine
  | ReadEndLine
  | ReadFailedLine
  | LeftoverLine
  | SampleLine
  | CanaryLine
  | ClockLine
  | AuditLine
  | UnreplicatedLine;

/** Who makes calls: one store object of one process, or several that take turns. */
export interface ClientLine {
  readonly type: 'client';
  readonly client: string;
  readonly tenant: Tenant;
  /** How long each of its calls may take. */
  readonly deadlineMs: number;
}

export type InvokeLine = {
  [F in keyof Asked]: Asked[F] & {
    readonly type: 'invoke';
    readonly at: number;
    /** Names the call in its run. */
    readonly call: string;
    readonly client: string;
    readonly f: F;
  };
}[keyof Asked];

/**
 * How a call ended: `ok`, `fail` when it certainly had no effect, `info` when it may have had one. A call without a completion is
 * `info` too.
 */
export type CompletionLine =
  | { readonly type: 'ok'; readonly at: number; readonly call: string; readonly answer: Answers[keyof Answers] }
  | {
      readonly type: 'fail' | 'info';
      readonly at: number;
      readonly call: string;
      /** The reason of the store's error; `not a store error: …` for anything else. */
      readonly reason: string;
    };

/** What was done to the run. What is promised holds with any fault; rules look at it to know how late an answer may be. */
export interface FaultLine {
  readonly type: 'fault';
  readonly at: number;
  readonly fault: 'kill' | 'restart' | 'take' | 'freeze' | 'thaw' | 'inject' | 'undo' | 'heal';
  /** The replica, the thread, the clients of the process with a blank in between, or the kind of what is injected and undone. */
  readonly on: string;
}

/** An item that was read: its text's hash, and what it says of itself, the batch that brought it and its place there. */
export type ShownItem = readonly [hash: string, op: string, k: number];

/** A batch of a thread as it was read in the end. */
export interface ReadLine {
  readonly type: 'read';
  /** The replica that was asked. */
  readonly via: string;
  readonly thread: string;
  readonly first: number;
  readonly items: readonly ShownItem[];
}

/** The end of a thread's read, with the number of items that its metadata gives. */
interface ReadEndLine {
  readonly type: 'readEnd';
  readonly via: string;
  readonly thread: string;
  readonly nextOrdinal: number;
}

/** A thread that could not be read to its end though everything was healed. */
export interface ReadFailedLine {
  readonly type: 'readFailed';
  readonly via: string;
  readonly thread: string;
  /** The reason of the store's error, and its message. */
  readonly reason: string;
}

/** Rows that the database still has of a thread when the run is over. Recorded of threads whose deletion was acknowledged. */
export interface LeftoverLine {
  readonly type: 'leftover';
  readonly thread: string;
  readonly table: string;
  readonly rows: number;
}

/** What a replica's process holds in memory. */
export interface SampleLine {
  readonly type: 'sample';
  readonly at: number;
  readonly replica: string;
  readonly rssMiB: number;
}

/** A tenant's canary, where somebody came across it. Of many in one place, the first. */
export interface CanaryLine {
  readonly type: 'canary';
  readonly at: number;
  /** The client, or the log, that has it. */
  readonly client: string;
  /** Whose canaries may be there; null: nobody's. */
  readonly tenant: Tenant | null;
  readonly of: Tenant;
  /** The method whose answer, or error, shows it. */
  readonly where: string;
}

/** Two times of one moment: that of this history, and that of the machine's calendar in milliseconds. */
export interface ClockLine {
  readonly type: 'clock';
  readonly at: number;
  readonly wallMs: number;
}

/** A line of a replica's audit log, as it stands there. */
export interface AuditLine {
  readonly type: 'audit';
  readonly replica: string;
  readonly text: string;
}

/** Items whose commit did not wait for the standby to its end, as the wait was cancelled. */
export interface UnreplicatedLine {
  readonly type: 'unreplicated';
  readonly thread: string;
  readonly first: number;
  readonly last: number;
  /** While nobody but the primary had them: until it was gone, and the ordinals were free for others. */
  readonly from: number;
  readonly until: number;
}
