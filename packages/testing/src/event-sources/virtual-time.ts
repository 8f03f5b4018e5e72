/**
 * Simulations in the virtual time of a test runner's fake timers.
 *
 * @module
 */

/** What Vitest's `vi` and Jest's `jest` have in common. */
export interface FakeTimers {
  /** Moves the clock to the next timer that is due, and runs it. */
  advanceTimersToNextTimerAsync(): Promise<unknown>;
}

/**
 * Runs fake timers, one after the other, until a promise is settled, and gives its result.
 *
 * ```ts
 * vi.useFakeTimers();
 * const tally = await inVirtualTime(vi, queue.drain(handler));
 * ```
 */
export async function inVirtualTime<Result>(
  timers: FakeTimers,
  promise: Promise<Result>,
): Promise<Result> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  while (!isSettled) await timers.advanceTimersToNextTimerAsync();
  return promise;
}
