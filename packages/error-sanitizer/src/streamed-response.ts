/**
 * Guarding a response that is, or has, a stream: response streaming.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { getHeader, type HttpResponse, invocationOf } from "@middy-hardening/core";
import { attempt } from "./attempt.ts";
import { isSource, type Source, type StreamWatch, watchStream } from "./stream-guard.ts";

/** The stream that the response is, or has as its body. */
export function sourceOf(response: unknown): Source | undefined {
  if (isSource(response)) return response;
  const body = attempt(() => (Object(response) as HttpResponse).body);
  return isSource(body) ? body : undefined;
}

/** Puts a watched stream in place of the response's. Throws what {@link watchStream} throws. */
export async function watchResponse(
  request: Request,
  source: Source,
  watch: StreamWatch,
): Promise<void> {
  const body = await watchStream(source, watch);
  const { response } = request;
  if (response !== source) {
    request.response = { ...response, body };
  } else if (invocationOf(request).http !== undefined) {
    // What Lambda makes of a bare stream, but as a response: it can have headers, and REST APIs take no other.
    const headers = { "content-type": "application/octet-stream" };
    request.response = { statusCode: 200, headers, body };
  } else {
    request.response = body;
  }
}

const TEXTUAL = /^text\/|json|xml|javascript|urlencoded/i;

/** Whether bytes of the body are text: by its content type, if it has one, and unless it is compressed. */
export function isText(response: HttpResponse): boolean {
  const encoding = getHeader(response, "content-encoding") ?? "identity";
  return (
    TEXTUAL.test(getHeader(response, "content-type") ?? "text/") &&
    encoding.toLowerCase() === "identity"
  );
}
