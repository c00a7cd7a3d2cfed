import { begun } from './begun.ts';

interface Waiting {
  readonly alone: boolean;
  readonly start: () => void;
  /** What waits behind it. */
  next: Waiting | undefined;
}

/** The work of one key that has begun, and what waits for it. */
interface Line {
  together: number;
  alone: boolean;
  /** What waits, from first to last, as a chain: to take the first of an array of many moves all the others. */
  first: Waiting | undefined;
  last: Waiting | undefined;
}

/**
 * Orders work by key; different keys don't wait for one another. Work that goes *together* begins in the order of the calls
 * without waiting for what goes together with it. Work that goes *alone* begins when all work of the key that was given before
 * has ended, and all that is given after it waits for its end.
 *
 * Work that fails rejects its own promise and does not stop what is behind it.
 */
export class KeyedOrder {
  readonly #lines = new Map<string, Line>();

  /** Begins at once, before the call returns, when nothing that goes alone is before it. */
  together<T>(key: string, work: () => Promise<T>): Promise<T> {
    return this.#run(key, false, work);
  }

  /** Begins at once, before the call returns, when the key is idle. */
  alone<T>(key: string, work: () => Promise<T>): Promise<T> {
    return this.#run(key, true, work);
  }

  #run<T>(key: string, alone: boolean, work: () => Promise<T>): Promise<T> {
    const line = this.#line(key);
    if (line.first === undefined && isFree(line, alone)) return this.#begin(key, line, alone, work);
    return new Promise((resolve) => {
      const start = (): void => resolve(this.#begin(key, line, alone, work));
      const waiting: Waiting = { alone, start, next: undefined };
      if (line.last === undefined) line.first = waiting;
      else line.last.next = waiting;
      line.last = waiting;
    });
  }

  #line(key: string): Line {
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { together: 0, alone: false, first: undefined, last: undefined };
      this.#lines.set(key, line);
    }
    return line;
  }

  #begin<T>(key: string, line: Line, alone: boolean, work: () => Promise<T>): Promise<T> {
    if (alone) line.alone = true;
    else line.together += 1;
    const end = (): void => {
      if (alone) line.alone = false;
      else line.together -= 1;
      this.#proceed(key, line);
    };
    const outcome = begun(work);
    // First: when the caller goes on, what waited has begun.
    void outcome.then(end, end);
    return outcome;
  }

  #proceed(key: string, line: Line): void {
    for (let next = line.first; next !== undefined && isFree(line, next.alone); next = line.first) {
      line.first = next.next;
      if (line.first === undefined) line.last = undefined;
      next.start();
    }
    if (line.together === 0 && !line.alone && line.first === undefined) this.#lines.delete(key);
  }
}

function isFree(line: Line, alone: boolean): boolean {
  return !line.alone && (!alone || line.together === 0);
}
