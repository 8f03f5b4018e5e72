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
import { isDurable, onTermination } from "./durable-execution.ts";
import { beginInvocation, endInvocation } from "./invocation.ts";
import { noteBeginning, noteEnd, tellOfLostTrigger } from "./other-middlewares.ts";
import { stateOf } from "./request-state.ts";

/** Runs with the final `request.response` or `request.error`, from the innermost task to the outermost. */
export type SettlementTask = (request: Request) => void;

/**
 * Looks at an answer before the tasks run, and may replace it.
 *
 * @throws what the invocation fails with in its place.
 */
export type Review = (request: Request) => void | Promise<void>;

/** What is to be done at the end of one invocation. */
export interface Settlement {
  /** The tasks announced in `before`, the outermost first. */
  readonly announced: SettlementTask[];
  /** Tasks of middlewares whose `before` did not run, since one further out failed; the innermost first. */
  readonly late: SettlementTask[];
  /** How the outermost looks at an answer, when its `after` does not run. */
  readonly review: Review | undefined;
  /** By which the invocation that began with the first announcement is ended, if it did. */
  readonly context: object | undefined;
  /** Whether the tasks have run. */
  hasRun: boolean;
  /** How a durable execution ended the invocation without the pipeline: that outcome stands. */
  termination: "failed" | "suspended" | undefined;
}

/**
 * Announces, in `before`, a task for the end. The first to announce one is the outermost: it settles, and
 * what it looks at before it does so is its `review`.
 */
export function atSettlement(request: Request, task: SettlementTask, review?: Review): void {
  const state = stateOf(request);
  if (state.settlement !== undefined) {
    state.settlement.announced.push(task);
    return;
  }
  const settlement: Settlement = {
    announced: [task],
    late: [],
    review,
    context: beginInvocation(request),
    hasRun: false,
    termination: undefined,
  };
  state.settlement = settlement;
  noteBeginning(request);
  if (isDurable(request.context)) settleAtTermination(request, settlement);
}

function settleAtTermination(request: Request, settlement: Settlement): void {
  onTermination(request.context, (error) => {
    if (settlement.hasRun) return;
    settlement.termination = error === undefined ? "suspended" : "failed";
    if (error !== undefined) request.error = error as Error;
    // What a task throws could change nothing any more.
    run(request, settlement);
  });
}

/** Whether the invocation ended since its durable execution waits for something: there is no outcome yet. */
export const isSuspended = (request: object): boolean =>
  stateOf(request).settlement?.termination === "suspended";

/**
 * Called with its own task at the end of `after` and `onError` by each middleware that announced
 * one: runs all tasks when the caller is the outermost, and otherwise leaves the caller's task for
 * it. Without any announcement (a `before` further out failed) it runs the caller's task alone.
 *
 * @throws what {@link settleNow} throws.
 */
export function settle(request: Request, task: SettlementTask): void {
  const { settlement } = stateOf(request);
  if (settlement === undefined) task(request);
  else if (settlement.termination !== undefined) return;
  else if (settlement.announced[0] === task) settleNow(request);
  else if (!settlement.announced.includes(task) && !settlement.late.includes(task)) {
    settlement.late.push(task);
  }
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
  const { settlement } = stateOf(request);
  if (settlement === undefined || settlement.termination !== undefined) return;
  const errors = run(request, settlement);
  if (errors.length > 0) throw errors[0];
}

/**
 * Settles for a `before` that answers early without a thought of those further out: for an execution mode
 * that asks each `before` what it answered, since Middy runs no other hook then. Does nothing where
 * {@link settleNow} was called.
 *
 * @throws what the review, or {@link settleNow}, throws.
 */
export function settleEarly(request: Request): void | Promise<void> {
  const { settlement } = stateOf(request);
  if (settlement === undefined || settlement.hasRun) return undefined;
  noteEnd(request);
  const pending = settlement.review?.(request);
  if (pending === undefined) return settleNow(request);
  // In the meantime the invocation may have been answered otherwise.
  return pending.then(() => (settlement.hasRun ? undefined : settleNow(request)));
}

/** @returns what the tasks threw. */
function run(request: Request, settlement: Settlement): readonly unknown[] {
  const { late, announced, context } = settlement;
  settlement.hasRun = true;
  const errors: unknown[] = [];
  const attempt = (task: SettlementTask): void => {
    try {
      task(request);
    } catch (error) {
      errors.push(error);
    }
  };
  late.forEach(attempt);
  for (let index = announced.length - 1; index >= 0; index--) {
    attempt(announced[index] as SettlementTask);
  }
  if (context !== undefined) endInvocation(context);
  noteEnd(request);
  tellOfLostTrigger(request);
  return errors;
}
