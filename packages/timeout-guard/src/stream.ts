/**
 * Responses that are streams: the deadline holds until their last byte.
 *
 * @module
 */
import { PassThrough, pipeline, Readable } from "node:stream";
import { DeadlineExceeded } from "./deadline-exceeded.ts";
import type { InvocationDeadline } from "./invocation-deadline.ts";

/**
 * The response with a body that is cut when the deadline passes; `undefined` when it is no stream. What
 * is cut is a stream of our own behind the handler's, which may be busy and not end when it is told to.
 *
 * @param onClosed called when the stream has come to its end, whichever.
 * @throws DeadlineExceeded when the deadline has passed: nothing of the stream is sent.
 */
export function boundStream(
  response: unknown,
  deadline: InvocationDeadline,
  onClosed: () => void,
): unknown {
  const isWhole = typeof Object(response).statusCode === "number";
  const given: unknown = isWhole ? (response as { readonly body?: unknown }).body : response;
  const bound =
    given instanceof Readable
      ? boundReadable
      : given instanceof ReadableStream
        ? boundWebStream
        : undefined;
  if (bound === undefined) return undefined;
  if (deadline.hasPassed) throw new DeadlineExceeded();
  const body = bound(given as Readable & ReadableStream, deadline, onClosed);
  return isWhole ? { ...(response as object), body } : body;
}

function boundReadable(body: Readable, deadline: InvocationDeadline, onClosed: () => void) {
  const bounded = new PassThrough();
  deadline.onPassed(() => {
    bounded.destroy(new DeadlineExceeded());
  });
  pipeline(body, bounded, () => {});
  return bounded.once("close", onClosed);
}

function boundWebStream(
  body: ReadableStream,
  { signal }: InvocationDeadline,
  onClosed: () => void,
) {
  signal.addEventListener("abort", onClosed, { once: true });
  const transform = new TransformStream({ flush: onClosed, cancel: onClosed });
  return body.pipeThrough(transform, { signal });
}
