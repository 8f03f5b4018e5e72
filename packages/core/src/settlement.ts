/**
 * Acting on the final outcome of an invocation.
 *
 * In Middy, `onError` runs from the innermost middleware to the outermost, and the response to an
 * error is made by the outermost. So an inner middleware that must see or complete the final
 * response (headers, the log line) leaves a task here, and the outermost of the suite's
 * middlewares, whichever it is, runs the tasks once the outcome stands.
 *
 * @module
 */
import type { Request } from "@middy/core";

/** Runs with the final `request.response` or `request.error`, from the innermost task to the outermost. */
export type SettlementTask = (request: Request) => void;

interface Settlement {
  /** The tasks announced in `before`, the outermost first. */
  readonly announced: SettlementTask[];
  /** Tasks of middlewares whose `before` did not run, since one further out failed; the innermost first. */
  readonly late: SettlementTask[];
}

const settlements = new WeakMap<Request, Settlement>();

/** Announces, in `before`, a task for the end. The first to announce one is the outermost: it settles. */
export function atSettlement(request: Request, task: SettlementTask): void {
  const settlement = settlements.get(request);
  if (settlement === undefined) settlements.set(request, { announced: [task], late: [] });
  else settlement.announced.push(task);
}

/**
 * Called with its own task at the end of `after` and `onError` by each middleware that announced
 * one: runs all tasks when the caller is the outermost, and otherwise leaves the caller's task for
 * it. Without any announcement (a `before` further out failed) it runs the caller's task alone.
 *
 * @throws what {@link settleNow} throws.
 */
export function settle(request: Request, task: SettlementTask): void {
  const settlement = settlements.get(request);
  if (settlement === undefined) return task(request);
  const { announced, late } = settlement;
  if (announced[0] === task) settleNow(request);
  else if (!announced.includes(task) && !late.includes(task)) late.push(task);
}

/**
 * Runs all tasks at once: for a `before` that sets `request.response` and ends the invocation with it.
 *
 * A task that throws does not keep the others from running. Since its error becomes the outcome of
 * the invocation, Middy then runs `onError`, and the tasks run again with that outcome.
 *
 * @throws the first error that a task threw, once all have run.
 */
export function settleNow(request: Request): void {
  const { announced, late } = settlements.get(request) ?? { announced: [], late: [] };
  const errors: unknown[] = [];
  for (const task of [...late, ...announced.toReversed()]) {
    try {
      task(request);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
