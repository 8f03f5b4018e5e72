/**
 * What an invocation came to, as its caller sees it.
 *
 * @module
 */
import type { Request } from "@middy/core";
import {
  type EventSource,
  isFormat2,
  isPublicError,
  isSuspended,
  readsStatus,
} from "@middy-hardening/core";
import { memberOf } from "./member-of.ts";
import type { WatchedInvocation } from "./watch.ts";

export interface Outcome {
  /**
   * `refused`: the caller's fault (4xx). `failed`: ours (5xx, or an error that nobody answered).
   * `timed_out`: its time ran out, whatever the caller was answered then. `suspended`: its durable
   * execution goes on in a later invocation.
   */
  readonly kind: "served" | "refused" | "failed" | "timed_out" | "suspended";
  readonly status?: number | undefined;
  /** The `code` of the PublicError that ended it, as it was thrown. */
  readonly code?: unknown;
}

/** The outcome of a request that is settled. Never throws, whatever was thrown or returned. */
export function outcomeOf(request: Request, invocation: WatchedInvocation): Outcome {
  if (isSuspended(request)) return { kind: "suspended" };
  const outcome = settledOutcome(request, invocation);
  return invocation.isTimedOut ? { ...outcome, kind: "timed_out" } : outcome;
}

function settledOutcome(request: Request, { facts, thrown }: WatchedInvocation): Outcome {
  const hasStatus = readsStatus(facts.eventSource);
  const isUnanswered = thrown !== undefined && request.response === undefined;
  if (!isUnanswered && !hasStatus) return { kind: "served" };
  const status = isUnanswered
    ? declaredStatus(thrown.value, hasStatus)
    : responseStatus(request.response, facts.eventSource);
  if (status !== undefined && status < 400) return { kind: "served", status };
  const kind = status !== undefined && status < 500 ? "refused" : "failed";
  const code = isPublicError(thrown?.value) ? memberOf(thrown.value, "code") : undefined;
  return { kind, status, code };
}

/**
 * The status that an error asks for when it is meant for the caller: a PublicError, or for HTTP
 * what Middy's own error handler, further out than this suite, would answer with.
 */
function declaredStatus(thrown: unknown, hasStatus: boolean): number | undefined {
  const isPublic = isPublicError(thrown) || (hasStatus && memberOf(thrown, "expose") === true);
  const status = isPublic ? statusIn(thrown) : undefined;
  return status !== undefined && status >= 400 ? status : undefined;
}

/** The status of a response, if the integration can read it. */
function responseStatus(response: unknown, source: EventSource): number | undefined {
  // Payload format 2.0 takes whatever has no status for the body of a 200.
  return isFormat2(source) && memberOf(response, "statusCode") === undefined
    ? 200
    : statusIn(response);
}

/** API Gateway reads a status that is written as text, too. */
function statusIn(value: unknown): number | undefined {
  const member = memberOf(value, "statusCode");
  const status = typeof member === "string" ? Number(member) : member;
  const isStatus =
    Number.isInteger(status) && (status as number) >= 100 && (status as number) < 600;
  return isStatus ? (status as number) : undefined;
}
