/**
 * The arithmetic of the benchmarks.
 *
 * @module
 */

/** The middle of some figures, so that an interruption of one round counts for nothing. */
export function median(figures: readonly number[]): number {
  if (figures.length === 0) throw new RangeError("There is no median of no figures.");
  const sorted = figures.toSorted((a, b) => a - b);
  const upper = Math.floor(sorted.length / 2);
  const lower = sorted.length % 2 === 0 ? upper - 1 : upper;
  return ((sorted[lower] as number) + (sorted[upper] as number)) / 2;
}

/** A size and what it costs. */
export interface Cost {
  readonly size: number;
  readonly cost: number;
}

/**
 * The exponent of the power law that comes nearest to some costs: 0 is constant, 1 linear, 2 quadratic.
 * By least squares over the logarithms.
 */
export function fittedExponent(costs: readonly Cost[]): number {
  if (new Set(costs.map(({ size }) => size)).size < 2) {
    throw new RangeError("An exponent is fitted to the costs of two sizes at least.");
  }
  const points = costs.map(({ size, cost }) => ({ x: Math.log(size), y: Math.log(cost) }));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const middleX = mean(points.map(({ x }) => x));
  const middleY = mean(points.map(({ y }) => y));
  const covariance = mean(points.map(({ x, y }) => (x - middleX) * (y - middleY)));
  const variance = mean(points.map(({ x }) => (x - middleX) ** 2));
  return covariance / variance;
}
