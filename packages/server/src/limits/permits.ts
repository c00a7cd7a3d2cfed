import type { Room } from './back-pressure.ts';

/** How one who does not get in at once is treated. */
export interface Patience {
  /** Milliseconds. */
  readonly waitMs: number;
  /** How many may wait. */
  readonly waitingMax: number;
}

const looseBelow = 0.75;

interface Waiting {
  readonly weight: number;
  readonly settle: (isIn: boolean) => void;
}

/**
 * So much may be under way at once; what comes beyond that waits in line. One may always come when nothing is under way, however much
 * it weighs: else it never could.
 */
export class Permits implements Room {
  readonly #max: number;
  #held = 0;
  readonly #line: Waiting[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  get held(): number {
    return this.#held;
  }

  /** Whether more than three quarters are held: so many may come again only when a good part of them gets in. */
  get isTight(): boolean {
    return this.#line.length > 0 || this.#held > this.#max * looseBelow;
  }

  /** Whether so much more is within the bound, and nobody is before it. */
  hasRoom(weight: number): boolean {
    return this.#line.length === 0 && this.#fits(weight);
  }

  /** Takes it, whatever the bound says. */
  take(weight: number): void {
    this.#held += weight;
  }

  give(weight: number): void {
    this.#held -= weight;
    for (let first = this.#line[0]; first !== undefined && this.#fits(first.weight); first = this.#line[0]) {
      this.#line.shift();
      this.#held += first.weight;
      first.settle(true);
    }
  }

  /** Waits in line: `true` when it has what it came for, `false` when the line or the wait was too long. `whenLeft` hands over how to leave, and gets what forgets it. */
  wait(
    weight: number,
    { waitMs, waitingMax }: Patience,
    whenLeft: (leave: () => void) => () => void,
  ): Promise<boolean> {
    if (this.#line.length >= waitingMax) return Promise.resolve(false);
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      let forget = (): void => undefined;
      const waiting: Waiting = {
        weight,
        settle: (isIn) => {
          clearTimeout(timer);
          forget();
          resolve(isIn);
        },
      };
      const leave = (): void => {
        const at = this.#line.indexOf(waiting);
        if (at === -1) return;
        this.#line.splice(at, 1);
        waiting.settle(false);
        // Whoever stood behind it may be lighter.
        this.give(0);
      };
      if (waitMs !== Number.POSITIVE_INFINITY) timer = setTimeout(leave, waitMs);
      this.#line.push(waiting);
      forget = whenLeft(leave);
    });
  }

  #fits(weight: number): boolean {
    return this.#held === 0 || this.#held + weight <= this.#max;
  }
}
