/**
 * A deadline for everything that an invocation does.
 *
 * @module
 */
import type { MiddlewareObj, PluginExecutionMode, Request } from "@middy/core";
import { executionModeStandard } from "@middy/core/executionModeStandard";
import { checkOptions, type Deadline, limitOf, oneOf } from "@middy-hardening/core";
import { type DeadlineStatus, SOURCE } from "./deadline-exceeded.ts";
import { InvocationDeadline } from "./invocation-deadline.ts";

export { type Deadline, deadlineOf } from "@middy-hardening/core";
export type { BatchRecord, BatchResponse } from "./batch-types.ts";
export { DeadlineExceeded } from "./deadline-exceeded.ts";
export { type ForEachRecordOptions, forEachRecord, type RecordWork } from "./for-each-record.ts";
export { withDeadline } from "./with-deadline.ts";

/** When {@link timeoutGuard} ends an invocation, and how. */
export interface TimeoutGuardOptions {
  /** Time of the function's timeout that is kept for the answer, in milliseconds. Default: 500. */
  readonly reserveMs?: number | undefined;
  /** Time that an invocation has, in milliseconds, where the context does not tell it. Default: 30,000 (30 seconds). */
  readonly defaultTimeoutMs?: number | undefined;
  /** Status of the answer to an HTTP request: 503 or 504. Default: 503. */
  readonly statusCode?: DeadlineStatus | undefined;
  /** Whether promises, timers and sockets that are still open at the end are told by a security event. Default: `report`. */
  readonly openWork?: "report" | "off" | undefined;
}

/** The context with its deadline. */
export type DeadlineContext = Request["context"] & { readonly deadline: Deadline };

/** Options of `middy(handler, options)`. */
export interface DeadlinePlugin {
  readonly executionMode: PluginExecutionMode;
}

/** A middleware, and the plugin of the same deadline. */
export interface TimeoutGuard extends MiddlewareObj<unknown, unknown, Error, DeadlineContext> {
  /** For `middy(handler, deadline.plugin)`. */
  readonly plugin: DeadlinePlugin;
  /** The same for another execution mode than Middy's standard one. */
  pluginFor(executionMode: PluginExecutionMode): DeadlinePlugin;
}

export function timeoutGuard(options: TimeoutGuardOptions = {}): TimeoutGuard {
  const { reserveMs = 500, defaultTimeoutMs = 30_000 } = checkOptions(SOURCE, options, {
    reserveMs: limitOf("milliseconds"),
    defaultTimeoutMs: limitOf("milliseconds"),
    statusCode: oneOf(503, 504),
    openWork: oneOf("report", "off"),
  });
  const deadlines = new WeakMap<Request, InvocationDeadline>();
  const pluginFor = (executionMode: PluginExecutionMode): DeadlinePlugin => ({ executionMode });
  const end = (request: Request): void => deadlines.get(request)?.end();
  return {
    before: function timeoutGuardBefore(request: Request): void {
      const leftMs = (request.context.getRemainingTimeInMillis?.() ?? defaultTimeoutMs) - reserveMs;
      const deadline = new InvocationDeadline({ leftMs, keepsAlive: false });
      deadlines.set(request, deadline);
      Object.defineProperty(request.context, "deadline", { value: deadline, configurable: true });
    },
    after: function timeoutGuardAfter(request: Request): void {
      end(request);
    },
    onError: function timeoutGuardOnError(request: Request): void {
      end(request);
    },
    plugin: pluginFor(executionModeStandard),
    pluginFor,
  } as TimeoutGuard;
}

export default timeoutGuard;
