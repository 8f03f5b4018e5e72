/**
 * Looking at the HTTP response that is about to leave.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { getHeader, type HttpResponse, ownResponse } from "@middy-hardening/core";
import { findLeak, type LeakKind } from "./leak-patterns.ts";

/**
 * The kind of leak in the response's body or header values, if there is one.
 *
 * @throws whatever a getter or trap of the response throws, or JSON for what it cannot hold.
 */
export function findResponseLeak(request: Request): LeakKind | undefined {
  // A stream can be read only once: by its receiver.
  if (Symbol.asyncIterator in Object(request.response)) return undefined;
  // What is no response to the suite may still be one to the gateway.
  const response: HttpResponse = ownResponse(request) ?? Object(request.response);
  const { headers, multiValueHeaders, cookies } = response;
  return (
    findLeakIn(bodyText(response)) ??
    findLeakIn(headers) ??
    findLeakIn(multiValueHeaders) ??
    findLeakIn(cookies)
  );
}

/** Looks at a text, or at the texts in maps and lists; a value of another type has none. */
function findLeakIn(value: unknown): LeakKind | undefined {
  if (typeof value === "string") return findLeak(value);
  const texts: Readonly<Record<string, unknown>> = Object(value);
  for (const key in texts) {
    const leak = findLeakIn(texts[key]);
    if (leak !== undefined) return leak;
  }
  return undefined;
}

const TEXTUAL = /^text\/|json|xml|javascript|urlencoded/i;

/** The body as its reader will see it, when that is text. */
function bodyText(response: HttpResponse): string | undefined {
  const { body, isBase64Encoded } = response;
  if (typeof body !== "string") return undefined;
  if (isBase64Encoded !== true) return body;
  const isText = TEXTUAL.test(getHeader(response, "content-type") ?? "text/");
  const isPlain = getHeader(response, "content-encoding") === undefined;
  return isText && isPlain ? Buffer.from(body, "base64").toString() : undefined;
}
