/**
 * Refusing a request: the security event for us, the public error for the caller.
 *
 * @module
 */
import type { RequestLike } from "./invocation.ts";
import { PublicError, type PublicErrorOptions } from "./public-error.ts";
import { stateOf } from "./request-state.ts";
import { publishSecurityEvent, type SecurityEventName } from "./security-event.ts";

/** Why a request is refused, as its caller and as the log read it. */
export interface Refusal extends PublicErrorOptions {
  readonly statusCode: number;
  readonly code: string;
  readonly detail: string;
  /** The package that refuses. */
  readonly source: string;
  /** Default: `input_validation_fail`. */
  readonly event?: SecurityEventName;
  readonly params: readonly string[];
}

/** Publishes the refusal as a blocked security event and throws its {@link PublicError}. */
export function refuse(request: RequestLike, refusal: Refusal): never {
  throw refusalOf(request, refusal);
}

/**
 * What {@link refuse} throws, for code that throws it itself: V8 compiles a function by how often it has
 * returned, so that one which only ever throws is interpreted for good. While nothing but attacks comes in,
 * that was a fifth of the cost of a refusal: so work is done in functions that return.
 */
export function refusalOf(request: RequestLike, refusal: Refusal): PublicError {
  const { statusCode, code, detail, source, event = "input_validation_fail", params } = refusal;
  publishSecurityEvent(request, {
    name: event,
    params,
    outcome: "blocked",
    description: `${detail} (${statusCode} ${code})`,
    source,
    onReplay: "publish",
  });
  // The refusal as it is: a copy of what the error reads of it would cost half as much as the error.
  const error = withoutFrames(() => new PublicError(statusCode, refusal));
  if ("internal" in request) stateOf(request).refusal = error;
  return error;
}

/** Whether an error is what a middleware has refused this Middy request with, by {@link refuse}. */
export const isRefusal = (request: object, error: unknown): boolean =>
  error !== undefined && stateOf(request).refusal === error;

/**
 * Runs code that makes, or throws, an error of which nobody needs to know where it was made: it has no
 * frames then. Collecting them takes longer than all else that a refusal costs (an invalid request: 47 us,
 * 34 without; malformed JSON: 10 us to parse, 5 without), which is what an attacker would buy.
 *
 * @param make is synchronous, and calls nothing of the application.
 */
export function withoutFrames<Result>(make: () => Result): Result {
  const { stackTraceLimit } = Error;
  // Where the intrinsics are frozen, the frames stay.
  const isSet = Reflect.set(Error, "stackTraceLimit", 0);
  try {
    return make();
  } finally {
    if (isSet) Error.stackTraceLimit = stackTraceLimit;
  }
}
