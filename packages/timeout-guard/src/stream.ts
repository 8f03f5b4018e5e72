/**
 * Responses that are streams: the deadline holds until their last byte.
 *
 * @module
 */
import { finished, Readable } from "node:stream";
import { DeadlineExceeded } from "./deadline-exceeded.ts";
import type { InvocationDeadline } from "./invocation-deadline.ts";

/**
 * The response with a body that is cut when the deadline passes; `undefined` when it is no stream.
 *
 * @param onClosed called when the stream has come to its end, whichever.
 */
export function boundStream(
  response: unknown,
  deadline: InvocationDeadline,
  onClosed: () => void,
): unknown {
  const isWhole = typeof Object(response).statusCode === "number";
  const body: unknown = isWhole ? (response as { readonly body?: unknown }).body : response;
  if (body instanceof Readable) {
    const cut = (): void => {
      body.destroy(new DeadlineExceeded());
    };
    if (deadline.hasPassed) cut();
    else deadline.onPassed(cut);
    finished(body, onClosed);
    return response;
  }
  if (!(body instanceof ReadableStream)) return undefined;
  const bounded = body.pipeThrough(new TransformStream({ flush: onClosed, cancel: onClosed }), {
    signal: deadline.signal,
  });
  deadline.signal.addEventListener("abort", onClosed, { once: true });
  return isWhole ? { ...(response as object), body: bounded } : bounded;
}
