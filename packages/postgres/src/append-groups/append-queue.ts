import { type AppendResult, type ThreadId, ThreadStoreError, type ThreadStoreErrorReason } from '@threadstore/core';
import { abortError, type CheckedWriterAppend } from '@threadstore/core/internal';
import type { Outcome } from '../operations/judge-runs.ts';

/** An append that was called and is not answered. */
export interface WaitingAppend {
  readonly batch: CheckedWriterAppend;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Batches of one thread and epoch, with sequences that have no gap. */
export interface Run {
  readonly threadId: ThreadId;
  readonly appends: readonly Waiting[];
  /** How many appends had been called when the database was asked about it last; at first, when it was taken. */
  callsBefore: number;
}

/** What stays true of a batch whenever it is sent again. */
const lasting: readonly ThreadStoreErrorReason[] = ['FENCED', 'THREAD_DELETED'];

// What is in one statement at most, if it has more than one batch: as much as it takes to make the costs of a statement small against
// those of its items, and no more, for all of it is answered at once.
const groupBytesMax = 2 * 1024 * 1024;
const groupItemsMax = 4_096;
const groupRunsMax = 512;

/** The appends of a thread that wait, in the order of the calls. */
interface Line {
  readonly threadId: ThreadId;
  readonly waiting: Waiting[];
  /** Whether a run of the thread was taken and not given back. */
  taken: boolean;
  /** The furthest batch that was added, by epoch and then sequence; one that is not beyond it may repeat another. */
  furthest: CheckedWriterAppend;
  mayRepeat: boolean;
}

interface Waiting extends WaitingAppend {
  /** Counts all calls. */
  readonly call: number;
}

/** What waits to be committed, thread by thread. A thread is in one group at a time, so that its batches keep their order. */
export class AppendQueue {
  readonly #lines = new Map<ThreadId, Line>();
  /** The threads of which something can be taken, the longest waiting first. */
  #ready: Line[] = [];
  #bytes = 0;
  #calls = 0;

  /** Of all items that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of which something can be taken. */
  get threads(): number {
    return this.#ready.length;
  }

  add(append: WaitingAppend): void {
    const { batch } = append;
    const { threadId, bytes } = batch;
    this.#bytes += bytes;
    this.#calls += 1;
    let line = this.#lines.get(threadId);
    if (line === undefined) {
      line = { threadId, waiting: [], taken: false, furthest: batch, mayRepeat: false };
      this.#lines.set(threadId, line);
    } else if (isBeyond(batch, line.furthest)) line.furthest = batch;
    else line.mayRepeat = true;
    if (line.waiting.push({ ...append, call: this.#calls }) === 1 && !line.taken) this.#ready.push(line);
  }

  /** The next group: a run each of as many threads as there is room for, and at most `runsMax`. Empty when nothing waits. */
  takeGroup(runsMax = groupRunsMax): readonly Run[] {
    const group = new Group(Math.min(runsMax, groupRunsMax));
    const left: Line[] = [];
    for (const line of this.#ready) {
      const { appends, gone } = group.take(line.waiting);
      for (const { batch } of gone) this.#bytes -= batch.bytes;
      if (appends.length > 0) {
        line.taken = true;
        group.runs.push({ threadId: line.threadId, appends, callsBefore: this.#calls });
      } else if (line.waiting.length > 0) {
        left.push(line);
      } else {
        this.#lines.delete(line.threadId);
      }
    }
    this.#ready = left;
    return group.runs;
  }

  /** Says that the database is asked about a run once more, from now on. */
  asked(run: Run): void {
    run.callsBefore = this.#calls;
  }

  /**
   * Says how the batches of a run ended, or the first of them: the rest wait again, before all others of their thread, whose next run
   * can be taken then.
   *
   * Those that repeat one of them, and waited when the database was asked, are answered with it. A caller who hears nothing sends
   * its batches again and again; each repetition costs the database more than a new batch does. Asked about each, it never caught
   * up with callers who gave up sooner: after a halt of some seconds nothing was stored any more, for as long as they went on.
   */
  giveBack(run: Run, outcomes: readonly Outcome[]): void {
    const line = this.#lines.get(run.threadId);
    if (line === undefined) return;
    line.taken = false;
    if (line.mayRepeat) this.#answerRepeats(line, run, outcomes);
    const rest = run.appends.slice(outcomes.length);
    for (const { batch } of rest) this.#bytes += batch.bytes;
    line.waiting.unshift(...rest);
    if (line.waiting.length > 0) this.#ready.push(line);
    else this.#lines.delete(run.threadId);
  }

  #answerRepeats(line: Line, { appends, callsBefore }: Run, outcomes: readonly Outcome[]): void {
    const [head] = appends;
    if (head === undefined) return;
    const left = line.waiting.filter((repeat) => {
      if (repeat.call > callsBefore || repeat.batch.epoch !== head.batch.epoch) return true;
      const place = Number(repeat.batch.sequence - head.batch.sequence);
      const [original, outcome] = [appends[place], outcomes[place]];
      if (original === undefined || outcome === undefined || !hasSameItems(repeat.batch, original.batch)) return true;
      if (!('error' in outcome)) repeat.resolve({ ...outcome, duplicate: true });
      else if (isLasting(outcome.error)) repeat.reject(outcome.error);
      else return true;
      this.#bytes -= repeat.batch.bytes;
      return false;
    });
    line.waiting.splice(0, line.waiting.length, ...left);
  }
}

export function batchesOf({ appends }: Run): readonly CheckedWriterAppend[] {
  return appends.map(({ batch }) => batch);
}

function isBeyond({ epoch, sequence }: CheckedWriterAppend, furthest: CheckedWriterAppend): boolean {
  return epoch > furthest.epoch || (epoch === furthest.epoch && sequence > furthest.sequence);
}

function hasSameItems(repeat: CheckedWriterAppend, { items }: CheckedWriterAppend): boolean {
  return repeat.items.length === items.length && repeat.items.every((item, index) => item === items[index]);
}

function isLasting(error: unknown): boolean {
  return error instanceof ThreadStoreError && lasting.includes(error.reason);
}

/** A group that is being filled. */
class Group {
  readonly runs: Run[] = [];
  readonly #runsMax: number;
  #items = 0;
  #bytes = 0;
  /** Nothing more goes in. */
  #full = false;

  constructor(runsMax: number) {
    this.#runsMax = runsMax;
  }

  /** Takes the run at the head of a line, as much of it as there is room for. `gone`: with what was called off. */
  take(waiting: Waiting[]): Record<'appends' | 'gone', readonly Waiting[]> {
    const appends: Waiting[] = [];
    let taken = 0;
    for (const append of waiting) {
      if (this.#full) break;
      if (!isDropped(append)) {
        if (!follows(append, appends.at(-1)) || !this.#admit(append.batch)) break;
        appends.push(append);
      }
      taken += 1;
    }
    return { appends, gone: waiting.splice(0, taken) };
  }

  /** The first batch always goes in, so that one that is larger than a group gets its turn. */
  #admit({ items, bytes }: CheckedWriterAppend): boolean {
    if (this.#items > 0) {
      this.#full =
        this.#items + items.length > groupItemsMax ||
        this.#bytes + bytes > groupBytesMax ||
        this.runs.length === this.#runsMax;
      if (this.#full) return false;
    }
    this.#items += items.length;
    this.#bytes += bytes;
    return true;
  }
}

/** A call whose signal fires while it waits is not made. */
function isDropped({ signal, reject }: WaitingAppend): boolean {
  if (signal?.aborted !== true) return false;
  reject(abortError(signal, 'none'));
  return true;
}

function follows({ batch }: WaitingAppend, before: WaitingAppend | undefined): boolean {
  if (before === undefined) return true;
  const { epoch, sequence } = before.batch;
  return batch.epoch === epoch && batch.sequence === sequence + 1n;
}
