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

const settlements = new WeakMap<Request, SettlementTask[]>();

/** Announces, in `before`, a task for the end. The first to announce one is the outermost: it settles. */
export function atSettlement(request: Request, task: SettlementTask): void {
  const tasks = settlements.get(request);
  if (tasks === undefined) settlements.set(request, [task]);
  else tasks.push(task);
}

/**
 * Called with its own task at the end of `after` and `onError` by each middleware that announced
 * one: runs all tasks when the caller is the outermost, and nothing otherwise. Without any
 * announcement (a `before` further out failed) it runs the caller's task alone.
 */
export function settle(request: Request, task: SettlementTask): void {
  const tasks = settlements.get(request);
  if (tasks === undefined) task(request);
  else if (tasks[0] === task) settleNow(request);
}

/** Runs all tasks at once: for a `before` that sets `request.response` and ends the invocation with it. */
export function settleNow(request: Request): void {
  const tasks = settlements.get(request) ?? [];
  for (let index = tasks.length - 1; index >= 0; index--) tasks[index]?.(request);
}
