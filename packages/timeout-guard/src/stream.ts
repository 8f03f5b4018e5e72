/**
 * Responses that are streams: the deadline holds until their last byte.
 *
 * @module
 */
import type { Readable } from "node:stream";
import { asResponseBody } from "@middy-hardening/core";
import { bareDeadlineExceeded, DeadlineExceeded } from "./deadline-exceeded.ts";
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
  // Loaded here, as few functions stream.
  const { Readable } = process.getBuiltinModule("node:stream");
  const isWeb = given instanceof ReadableStream;
  if (!isWeb && !(given instanceof Readable)) return undefined;
  if (deadline.hasPassed) throw new DeadlineExceeded();
  const body = bound(isWeb ? Readable.fromWeb(given) : given, deadline, onClosed);
  return isWhole ? { ...(response as object), body } : body;
}

function bound(body: Readable, deadline: InvocationDeadline, onClosed: () => void): Readable {
  const { PassThrough, pipeline } = process.getBuiltinModule("node:stream");
  // Chunks pass as they are.
  const bounded = new PassThrough({ objectMode: true });
  deadline.onPassed(() => {
    // No hook sees this any more: it is what the runtime logs, and sends to callers of Lambda's API.
    bounded.destroy(bareDeadlineExceeded());
  });
  pipeline(body, bounded, () => {});
  return asResponseBody(bounded.once("close", onClosed));
}
