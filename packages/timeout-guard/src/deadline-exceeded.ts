/**
 * What an invocation fails with when its time is up.
 *
 * @module
 */
import { PublicError } from "@middy-hardening/core";

/** What messages and security events name as their source. */
export const SOURCE = "@middy-hardening/timeout-guard";

/** The statuses that HTTP has for it: 503 Service Unavailable, 504 Gateway Timeout. */
export type DeadlineStatus = 503 | 504;

/**
 * The deadline passed before the work was done: for an HTTP caller 503 (or 504) `deadline_exceeded`.
 * Its name is what Step Functions and other callers match on. It is the reason of the signal, too,
 * so that a `fetch` which the signal aborts fails with it.
 */
export class DeadlineExceeded extends PublicError {
  constructor(statusCode: DeadlineStatus = 503, options: { readonly cause?: unknown } = {}) {
    const detail = "The request could not be completed in time.";
    super(statusCode, { code: "deadline_exceeded", detail, ...options });
    this.name = "DeadlineExceeded";
  }
}

/** The same as an error of nothing but its name and message, for Lambda to send. */
export function bareDeadlineExceeded(): Error {
  const { name, message } = new DeadlineExceeded();
  const error = new Error(message);
  error.name = name;
  // The runtime sends the stack to whoever invoked the function; with an empty one it sends [""].
  error.stack = "";
  return error;
}
