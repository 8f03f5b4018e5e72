import { vi } from "vitest";

/** Runs virtual time, of `vi.useFakeTimers()`, from timer to timer until a promise is settled. */
export async function virtually<Result>(promise: Promise<Result>): Promise<Result> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  while (!isSettled) await vi.advanceTimersToNextTimerAsync();
  return promise;
}
