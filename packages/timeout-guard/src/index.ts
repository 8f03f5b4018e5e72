/**
 * A deadline for everything that an invocation does.
 *
 * @module
 */
import type { MiddlewareObj, PluginExecutionMode, Request } from "@middy/core";
import { executionModeStandard } from "@middy/core/executionModeStandard";
import {
  atSettlement,
  checkOptions,
  type Deadline,
  type OptionRule,
  oneOf,
  settle,
} from "@middy-hardening/core";
import { type DeadlineStatus, SOURCE } from "./deadline-exceeded.ts";
import { guardOf } from "./guard.ts";
import { guardedMode } from "./guarded-mode.ts";
import { LONGEST_MS } from "./invocation-deadline.ts";
import type { ExecutionMode } from "./middy-internals.ts";

export { type Deadline, deadlineOf } from "@middy-hardening/core";
export type { BatchContext, BatchRecord, BatchResponse } from "./batch-types.ts";
export { DeadlineExceeded, type DeadlineStatus } from "./deadline-exceeded.ts";
export { type ForEachRecordOptions, forEachRecord } from "./for-each-record.ts";
export type { RecordWork } from "./record-work.ts";
export { withDeadline } from "./with-deadline.ts";

/** When {@link timeoutGuard} ends an invocation, and how. */
export interface TimeoutGuardOptions {
  /** Time of the function's timeout that is kept for the answer, in milliseconds. Default: 500. */
  readonly reserveMs?: number | undefined;
  /**
   * Time that an invocation has, in milliseconds, where the context has no `getRemainingTimeInMillis`; a process
   * warning says so once. Default: 30,000 (30 seconds).
   */
  readonly defaultTimeoutMs?: number | undefined;
  /** Status of the answer to an HTTP request. Default: 503. */
  readonly statusCode?: DeadlineStatus | undefined;
  /** Whether promises, timers and sockets that are still open at the end are told by a security event. Default: `report`. */
  readonly openWork?: "report" | "off" | undefined;
}

/** The context with its deadline. */
export type DeadlineContext = Request["context"] & { readonly deadline: Deadline };

/** Options of `middy(handler, options)`. */
export interface DeadlinePlugin {
  readonly executionMode: PluginExecutionMode;
  /** Middy's own timeout is off: this one covers more. */
  readonly timeoutEarlyInMillis: number;
}

/** A middleware, and the plugin of the same deadline. */
export interface TimeoutGuard extends MiddlewareObj<unknown, unknown, Error, DeadlineContext> {
  /** For `middy(handler, deadline.plugin)`. */
  readonly plugin: DeadlinePlugin;
  /** The same for another execution mode than Middy's standard one. */
  pluginFor(executionMode: PluginExecutionMode): DeadlinePlugin;
}

const milliseconds: OptionRule = {
  expected: `a whole number of milliseconds from 1 to ${LONGEST_MS}`,
  accepts: (value) =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LONGEST_MS,
};

const RULES = {
  reserveMs: milliseconds,
  defaultTimeoutMs: milliseconds,
  statusCode: oneOf(503, 504),
  openWork: oneOf("report", "off"),
};

/**
 * Sets a deadline for an invocation: `context.deadline`, with a signal that aborts when the time that is
 * reserved for the answer begins. With its plugin, the invocation is answered then, whatever hangs.
 *
 * ```ts
 * const deadline = timeoutGuard({ reserveMs: 500 });
 *
 * export const handler = middy(deadline.plugin)
 *   .use(deadline)
 *   .handler(async (event, { deadline }) => {
 *     const answer = await fetch("https://stock.example.com", { signal: deadline.signal });
 *     return { statusCode: 200, body: await answer.text() };
 *   });
 * ```
 *
 * @throws TypeError when an option is unknown or out of range (at construction).
 * @throws PublicError 503 (or 504) `deadline_exceeded`; a plain Error from `before` when the function's
 *   timeout is not longer than the reserve.
 */
export function timeoutGuard(options: TimeoutGuardOptions = {}): TimeoutGuard {
  const {
    reserveMs = 500,
    defaultTimeoutMs = 30_000,
    statusCode = 503,
    openWork = "report",
  } = checkOptions(SOURCE, options, RULES);
  if (defaultTimeoutMs <= reserveMs) {
    throw new TypeError(
      `${SOURCE}: option "defaultTimeoutMs" is ${defaultTimeoutMs}, which leaves nothing beside the ${reserveMs} of "reserveMs".`,
    );
  }
  const guard = guardOf({ reserveMs, defaultTimeoutMs, statusCode, openWork });
  const mode = (given: PluginExecutionMode, hasStreams: boolean): DeadlinePlugin => ({
    // Middy's types say nothing of what an execution mode is.
    executionMode: guardedMode(
      given as unknown as ExecutionMode,
      guard,
      hasStreams,
    ) as unknown as PluginExecutionMode,
    timeoutEarlyInMillis: 0,
  });
  const { end } = guard;
  const settleAlone = (request: Request): void => {
    if (guard.of(request)?.isEnforced !== true) settle(request, end);
  };

  return {
    before: function timeoutGuardBefore(request: Request): void {
      // With the plugin it has begun already, and the plugin ends it.
      if (guard.of(request) === undefined && guard.begin(request, false) !== undefined) {
        atSettlement(request, end);
      }
    },
    after: function timeoutGuardAfter(request: Request): void {
      settleAlone(request);
    },
    onError: function timeoutGuardOnError(request: Request): void {
      settleAlone(request);
    },
    plugin: mode(executionModeStandard, false),
    pluginFor: (executionMode) => mode(executionMode, true),
  };
}

export default timeoutGuard;
