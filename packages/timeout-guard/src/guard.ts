/**
 * Beginning and ending the deadlines of one `timeoutGuard`.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { deadlineOf, isDurable, onTermination, publishSecurityEvent } from "@middy-hardening/core";
import { DeadlineExceeded, type DeadlineStatus, SOURCE } from "./deadline-exceeded.ts";
import { type DeadlineOwner, InvocationDeadline } from "./invocation-deadline.ts";
import { openResources, reportOpenWork } from "./open-work.ts";
import { remainingMsOf } from "./remaining-time.ts";

export interface GuardSettings {
  readonly reserveMs: number;
  readonly defaultTimeoutMs: number;
  readonly statusCode: DeadlineStatus;
  readonly openWork: "report" | "off";
}

/** What can be done about a deadline that passes. */
export interface Enforcement {
  /** Where the invocation is, for the security event. */
  readonly place: string;
  /** Called once the event is published, before the signal aborts. */
  onPassed(): void;
  /** Called when the invocation has ended without its pipeline: nothing is to be answered. */
  cancel(): void;
}

/** An invocation under way. */
export class GuardedInvocation implements DeadlineOwner {
  readonly request: Request;
  /** As it began: a hook may put another one on the request. */
  readonly context: Request["context"];
  readonly deadline: InvocationDeadline;
  /** Whether the plugin began it, which answers when the deadline passes, and ends it. */
  readonly isEnforced: boolean;
  enforcement: Enforcement | undefined;
  /** Timers and sockets that were open before; `undefined` when they are not compared. */
  openAtStart: readonly string[] | undefined;

  constructor(request: Request, isEnforced: boolean, settings: GuardSettings, leftMs: number) {
    const { reserveMs, statusCode, openWork } = settings;
    this.request = request;
    this.context = request.context;
    this.isEnforced = isEnforced;
    // The SDK of durable executions leaves timers of its own behind.
    const isCompared = openWork === "report" && !isDurable(request.context);
    this.openAtStart = isCompared ? openResources() : undefined;
    this.deadline = new InvocationDeadline({
      leftMs,
      reserveMs,
      statusCode,
      keepsAlive: isEnforced,
      owner: this,
    });
  }

  /** Whether the environment has gone on to another one. */
  get hasSuccessor(): boolean {
    return this.context.awsRequestId !== latestRequestId && hasOneAtATime();
  }

  /**
   * Without the plugin, which sees every end, an invocation may end unseen: when a hook answers early or an
   * `onError` throws, Middy runs none of the hooks that would tell of it.
   */
  get isStale(): boolean {
    return !this.isEnforced && ("earlyResponse" in this.request || this.hasSuccessor);
  }

  onPassed(): void {
    const { request, deadline, isEnforced, enforcement } = this;
    if (!deadline.isAnnounced) {
      publishSecurityEvent(request, {
        name: "deadline_exceeded",
        params: isEnforced ? [enforcement?.place ?? "handler"] : [],
        outcome: isEnforced ? "blocked" : "detected",
        description: "An invocation reached the time that is reserved for its answer.",
        source: SOURCE,
        // Each run of a durable execution has a deadline of its own.
        onReplay: "publish",
      });
    }
    deadline.isAnnounced = true;
    enforcement?.onPassed();
  }
}

export interface Guard {
  readonly settings: GuardSettings;
  /**
   * Starts the clock of an invocation; `undefined` when it has one already: a Middy handler that
   * another one calls has the deadline of the other.
   *
   * @throws Error when the function's timeout leaves nothing beside the reserve; DeadlineExceeded when
   *   it only happened to be almost over.
   */
  begin(request: Request, isEnforced: boolean): GuardedInvocation | undefined;
  /** The invocation of a request that began here. */
  of(request: Request): GuardedInvocation | undefined;
  end(request: Request): void;
}

/**
 * Whether an environment has one invocation at a time, for each of which the runtime then sets the trace anew.
 * Lambda Managed Instances, which run many, do not set it, but whoever traces messages may.
 */
const hasOneAtATime = ({ _X_AMZN_TRACE_ID, AWS_LAMBDA_MAX_CONCURRENCY } = process.env): boolean =>
  _X_AMZN_TRACE_ID !== undefined && !AWS_LAMBDA_MAX_CONCURRENCY;

/** `awsRequestId` of the invocation that began last: the trace, which takes 0.6 us to read, tells no more. */
let latestRequestId: string | undefined;

export function guardOf(settings: GuardSettings): Guard {
  const { reserveMs, defaultTimeoutMs, statusCode, openWork } = settings;
  /** Its own, so that two guards in one chain do not end each other's deadlines. */
  const OWN = Symbol("timeout-guard");
  type Guarded = Request & { [OWN]?: GuardedInvocation };
  const underWay = new Set<GuardedInvocation>();
  let isWarned = false;
  /** The most that an invocation had: the function's timeout, as far as that can be seen. */
  let longestMs = 0;

  function timeLeftMs(request: Request): number {
    const remainingMs = remainingMsOf(request.context);
    if (remainingMs !== undefined) {
      longestMs = Math.max(longestMs, remainingMs);
      if (longestMs > reserveMs) return remainingMs - reserveMs;
      throw new Error(
        `${SOURCE}: option "reserveMs" is ${reserveMs}, but the function's timeout leaves only ${longestMs} ms. Raise the timeout, or lower "reserveMs".`,
      );
    }
    if (!isWarned) {
      isWarned = true;
      process.emitWarning(
        `${SOURCE}: the context has no getRemainingTimeInMillis(); each invocation is given ${defaultTimeoutMs} ms (option "defaultTimeoutMs").`,
        "TimeoutGuardWarning",
      );
    }
    return defaultTimeoutMs - reserveMs;
  }

  /**
   * Forgets what ended unseen, and compares no resources where invocations run side by side. It looks no
   * further than to the oldest that is alive: all after it joined another one themselves.
   */
  function join(invocation: GuardedInvocation): void {
    latestRequestId = invocation.context.awsRequestId;
    if (underWay.size > 0) {
      for (const other of underWay) {
        if (other.isStale) {
          end(other.request);
        } else {
          other.openAtStart = undefined;
          invocation.openAtStart = undefined;
          break;
        }
      }
    }
    underWay.add(invocation);
  }

  function begin(request: Request, isEnforced: boolean): GuardedInvocation | undefined {
    const present: Partial<InvocationDeadline> | undefined = deadlineOf(request.context);
    if (present !== undefined && !present.hasEnded) return undefined;
    const leftMs = timeLeftMs(request);
    const invocation = new GuardedInvocation(request, isEnforced, settings, leftMs);
    const { deadline } = invocation;
    join(invocation);
    (request as Guarded)[OWN] = invocation;
    if (isDurable(request.context)) {
      onTermination(request.context, () => {
        invocation.enforcement?.cancel();
        end(request);
      });
    }
    try {
      Object.defineProperty(request.context, "deadline", {
        value: deadline,
        // The context of a test may serve a second invocation.
        configurable: true,
      });
      if (leftMs <= 0) {
        deadline.pass();
        throw new DeadlineExceeded(statusCode);
      }
    } catch (error) {
      end(request);
      throw error;
    }
    return invocation;
  }

  const of = (request: Request): GuardedInvocation | undefined => (request as Guarded)[OWN];

  function end(request: Request): void {
    const invocation = of(request);
    if (invocation === undefined || !underWay.delete(invocation)) return;
    const { context, deadline, openAtStart } = invocation;
    deadline.end();
    const isFrozenNext = context.callbackWaitsForEmptyEventLoop === false;
    if (openWork === "off" || (!isFrozenNext && !deadline.hasPassed)) return;
    reportOpenWork({
      request,
      promises: deadline.abandonedPromises,
      atStart: openAtStart,
      hasSuccessor: () => underWay.size > 0 || invocation.hasSuccessor,
    });
  }

  return { settings, begin, of, end };
}
