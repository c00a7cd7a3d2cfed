import { writerReleased } from '../error-factories.ts';
import { ThreadStoreError, type ThreadStoreErrorReason } from '../errors.ts';

/** What becomes of a handle. `lost`: a later writer, an archiver or a deletion has ended its right to write. */
export type LiveState = 'live' | 'shuttingDown' | 'shutDown' | 'discarded' | 'lost';

export type LiveEvent = 'write' | 'shutdown' | 'shutdownFailed' | 'released' | 'discard' | 'lose';

type Step = LiveState | 'refused';

/** The table of `LiveThread`, as data. */
const steps: Readonly<Record<LiveState, Readonly<Record<LiveEvent, Step>>>> = {
  live: {
    write: 'live',
    shutdown: 'shuttingDown',
    shutdownFailed: 'refused',
    released: 'refused',
    discard: 'discarded',
    lose: 'lost',
  },
  shuttingDown: {
    write: 'refused',
    shutdown: 'shuttingDown',
    shutdownFailed: 'live',
    released: 'shutDown',
    discard: 'discarded',
    lose: 'lost',
  },
  shutDown: {
    write: 'refused',
    shutdown: 'shutDown',
    shutdownFailed: 'shutDown',
    released: 'shutDown',
    discard: 'shutDown',
    lose: 'shutDown',
  },
  discarded: {
    write: 'refused',
    shutdown: 'refused',
    shutdownFailed: 'discarded',
    released: 'discarded',
    discard: 'discarded',
    lose: 'discarded',
  },
  lost: {
    write: 'refused',
    shutdown: 'refused',
    shutdownFailed: 'lost',
    released: 'lost',
    discard: 'lost',
    lose: 'lost',
  },
};

/** The state of a handle, which moves by the table alone. */
export class LiveStateMachine {
  readonly #epoch: bigint;
  #state: LiveState = 'live';
  #loss: ThreadStoreError | null = null;

  constructor(epoch: bigint) {
    this.#epoch = epoch;
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Why the handle is `lost`. */
  get loss(): ThreadStoreError | null {
    return this.#loss;
  }

  /** Moves on, or throws what a call gets that the state refuses. */
  take(event: LiveEvent): void {
    const next = steps[this.#state][event];
    if (next === 'refused') throw this.#loss ?? writerReleased(this.#epoch);
    this.#state = next;
  }

  /** Whether the error of a write has ended the writer; true once. */
  losesBy(error: unknown): error is ThreadStoreError {
    if (!(error instanceof ThreadStoreError) || !endings.has(error.reason)) return false;
    const before = this.#state;
    // It may be its own release that was noticed by something else first.
    if (before === 'shuttingDown' && error.reason === 'WRITER_RELEASED') return false;
    this.take('lose');
    if (this.#state !== 'lost' || before === 'lost') return false;
    this.#loss = error;
    return true;
  }
}

/** After these no write of the writer is ever accepted. */
const endings: ReadonlySet<ThreadStoreErrorReason> = new Set<ThreadStoreErrorReason>([
  'FENCED',
  'EPOCH_NOT_GRANTED',
  'WRITER_RELEASED',
  'SEQUENCE_REUSED',
  'THREAD_NOT_FOUND',
  'THREAD_DELETED',
]);
