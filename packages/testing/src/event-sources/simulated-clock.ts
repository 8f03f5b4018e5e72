/**
 * The time of a simulation: what passes while handlers run, and the waiting that nobody has to wait for.
 *
 * @module
 */

/** A clock that can be put forward. */
export interface SimulatedClock {
  /** Milliseconds since it was made. */
  now(): number;
  /** The same moment in milliseconds since 1970. */
  epoch(): number;
  /** Puts it forward to a moment, if that is still to come. */
  skipTo(atMs: number): void;
}

export function simulatedClock(): SimulatedClock {
  const start = performance.now();
  const startEpoch = Date.now();
  let skipped = 0;
  const now = (): number => Math.round(performance.now() - start) + skipped;
  return {
    now,
    epoch: () => startEpoch + now(),
    skipTo(atMs) {
      skipped += Math.max(0, atMs - now());
    },
  };
}
