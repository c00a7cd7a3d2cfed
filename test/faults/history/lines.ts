/**
 * What the files of a recorded run hold, one JSON object on each line. Everything that the checker judges by is in them, so that
 * a run can be judged again when a rule has changed.
 *
 * Times (`at`) are milliseconds of the machine's monotonic clock, which all processes of a run share. The line of a call's
 * invocation is written before the call is made, that of its completion after the answer came.
 */
export type HistoryLine = InvokeLine | CompletionLine | FaultLine | ReadLine | ReadEndLine | ReadFailedLine;

export type InvokeLine = AppendInvokeLine | GrantInvokeLine;

interface Invocation {
  readonly type: 'invoke';
  readonly at: number;
  /** Names the call in its run. */
  readonly call: string;
  /** Who makes it: one store object of one process. */
  readonly client: string;
  readonly thread: string;
}

export interface AppendInvokeLine extends Invocation {
  readonly f: 'append';
  /** Names the batch. Calls that repeat it share it. */
  readonly op: string;
  /** Null for a batch of somebody who is not the writer. */
  readonly epoch: number | null;
  /** The hash of each item's text, in their order. */
  readonly hashes: readonly string[];
}

export interface GrantInvokeLine extends Invocation {
  readonly f: 'create' | 'resume';
}

/**
 * How a call ended: `ok`, `fail` when it certainly had no effect, `info` when it may have had one. A call without a completion is
 * `info` too.
 */
export type CompletionLine =
  | { readonly type: 'ok'; readonly at: number; readonly call: string; readonly answer: Appended | Granted }
  | {
      readonly type: 'fail' | 'info';
      readonly at: number;
      readonly call: string;
      /** The reason of the store's error; `not a store error: …` for anything else. */
      readonly reason: string;
    };

export interface Appended {
  readonly first: number;
  readonly last: number;
  readonly duplicate: boolean;
}

export interface Granted {
  readonly epoch: number;
  readonly nextOrdinal: number;
}

/** What was done to the run. No rule looks at it: what is promised holds with any fault. */
export interface FaultLine {
  readonly type: 'fault';
  readonly at: number;
  readonly fault: 'kill' | 'restart' | 'take' | 'freeze' | 'thaw' | 'inject' | 'undo' | 'heal';
  /** The replica, the thread, the clients of the process with a blank in between, or the kind of what is injected and undone. */
  readonly on: string;
}

/** A batch of a thread as it was read in the end. */
export interface ReadLine {
  readonly type: 'read';
  /** The replica that was asked. */
  readonly via: string;
  readonly thread: string;
  readonly first: number;
  /** Of each item its text's hash, and what it says of itself: the batch that brought it and its place there. */
  readonly items: readonly (readonly [hash: string, op: string, k: number])[];
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
  readonly reason: string;
}
