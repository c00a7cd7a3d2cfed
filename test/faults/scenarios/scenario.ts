/** What a scenario looked at, and whether it was as it should be. */
export interface Check {
  readonly what: string;
  /** What it came to, for people. */
  readonly figure: string;
  readonly passed: boolean;
}

/** The service that a scenario is done to. */
interface Subject {
  readonly endpoint: string;
  /** Kills it, and starts it again at the same address. */
  readonly restart: () => Promise<void>;
}

export interface Scenario {
  /** One line. */
  readonly about: string;
  /** Further arguments of `threadstore serve`. */
  readonly args?: readonly string[];
  /** Does it to a service that was started for it. `scale` is a part of its size: 1 is all. */
  readonly run: (service: Subject, scale: number) => Promise<readonly Check[]>;
}

export function check(what: string, value: number, isGood: (value: number) => boolean, unit = ''): Check {
  const shown = value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(2);
  return { what, figure: `${shown}${unit}`, passed: isGood(value) };
}

export function atMost(what: string, value: number, max: number, unit = ''): Check {
  return check(`${what} (limit ${max}${unit})`, value, (it) => it <= max, unit);
}

export function exactly(what: string, value: number, expected: number): Check {
  return check(`${what} (expected ${expected})`, value, (it) => it === expected);
}

/** The figure that this part of them is not above; 0 for none. */
export function quantile(figures: readonly number[], part: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}
