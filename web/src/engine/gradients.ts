/** A logarithmic scale for the sizes of gradients, of at least six powers of ten. */

const MIN_DECADES = 6;

export interface GradientScale {
  /** Where each size lies from 0 (at or below 10^low) to 1 (at 10^high). */
  readonly shares: readonly number[];
  readonly low: number;
  readonly high: number;
}

/** The scale of some sizes; those that are zero or not finite are at its low end. */
export function gradientShares(sizes: readonly (number | null)[]): GradientScale {
  const logs = sizes.map((size) => (size !== null && size > 0 ? Math.log10(size) : -Infinity));
  const present = logs.filter(Number.isFinite);
  const high = present.length > 0 ? Math.ceil(Math.max(...present)) : 0;
  const least = present.length > 0 ? Math.floor(Math.min(...present)) : high;
  const low = Math.min(least, high - MIN_DECADES);
  return {
    shares: logs.map((log) => (Number.isFinite(log) ? Math.max((log - low) / (high - low), 0.004) : 0)),
    low,
    high,
  };
}
