/** The smallest, the middle and the largest of some figures. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Throws a `RangeError` for no figures. */
export function spreadOf(figures: readonly number[]): Spread {
  return { min: quantile(figures, 0), median: quantile(figures, 0.5), max: quantile(figures, 1) };
}

/** Ratios for people: median (smallest to largest). Throws a `RangeError` for none. */
export function ratioText(ratios: readonly number[]): string {
  const { min, median, max } = spreadOf(ratios);
  return `${median.toFixed(2)}x (${min.toFixed(2)} to ${max.toFixed(2)})`;
}

/** The figure that this part of them is not above: 0.5 for the median. Throws a `RangeError` for no figures. */
export function quantile(figures: ArrayLike<number>, part: number): number {
  const sorted = Float64Array.from(figures).sort();
  const figure = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  if (figure === undefined) throw new RangeError('quantile: there are no figures');
  return figure;
}
