/**
 * What hooks of other middlewares return and throw, so that it passes by the hooks further out: on its own,
 * Middy sends what one returns, and fails with what an `onError` throws, without a word to any other.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { settleEarly } from "@middy-hardening/core";

/** Where Middy looks for an answer that ends the chain; a hook may set it itself. */
type Answered = Request & { earlyResponse?: unknown };

/** Of a `before`: no other hook runs, as ever, but the middlewares of this suite complete the answer. */
export function completeEarly(request: Answered, value: unknown): unknown {
  if (value !== undefined) request.earlyResponse = value;
  if (!("earlyResponse" in request)) return undefined;
  request.response = request.earlyResponse;
  const completed = (): void => {
    request.earlyResponse = request.response;
  };
  const pending = settleEarly(request);
  return pending === undefined ? completed() : pending.then(completed);
}

/** Of an `after` or `onError`: it becomes the response, which the hooks further out see. */
export function passOn(request: Answered, value: unknown): void {
  if (value !== undefined) request.earlyResponse = value;
  if (!("earlyResponse" in request)) return;
  request.response = request.earlyResponse;
  delete request.earlyResponse;
}

/** Of an `onError`: it becomes the error, which the hooks further out answer. */
export function replaceError(request: Answered, thrown: unknown): void {
  try {
    // As Middy does, for the log.
    if (thrown !== request.error) (thrown as Error).cause ??= request.error;
  } catch {
    // What is frozen, or no object, goes without.
  }
  delete request.earlyResponse;
  request.response = undefined;
  request.error = thrown as Error;
}
