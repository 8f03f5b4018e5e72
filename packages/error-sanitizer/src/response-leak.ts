/**
 * Looking at the HTTP response that is about to leave.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { type HttpResponse, ownResponse } from "@middy-hardening/core";
import { findLeak, type LeakKind } from "./leak-patterns.ts";
import { isSource } from "./stream-guard.ts";
import { isText } from "./streamed-response.ts";

/**
 * The kind of leak in the response's body, header values, cookies or status description, if there is
 * one.
 *
 * @throws whatever a getter or trap of the response throws, or JSON for what it cannot hold.
 */
export function findResponseLeak(request: Request): LeakKind | undefined {
  // What is no response to the suite may still be one to the gateway.
  const response: HttpResponse = ownResponse(request) ?? wholeBody(request.response);
  const { headers, multiValueHeaders, cookies, statusDescription } = response;
  // As JSON, since that is how they leave.
  const head = JSON.stringify([headers, multiValueHeaders, cookies, statusDescription]);
  const body = bodyText(response) ?? "";
  // Together, as long as it costs no copy of a long body: a search has its price, however short the text.
  if (body.length < MAX_JOINED_LENGTH) return findLeak(`${body}\n${head}`);
  return findLeak(body) ?? findLeak(head);
}

const MAX_JOINED_LENGTH = 65_536;

/** What is neither a response nor an object with a body leaves as a whole. */
function wholeBody(response: unknown): HttpResponse {
  const isObject = typeof response === "object" && response !== null && !isSource(response);
  return isObject && "body" in response
    ? (response as HttpResponse)
    : { statusCode: 200, body: response };
}

/** The body as its reader will see it, when that is text. */
function bodyText(response: HttpResponse): string | undefined {
  const { body, isBase64Encoded } = response;
  if (isSource(body)) return undefined;
  // The runtime makes JSON of the response, by `toJSON` of what has one.
  if (typeof body !== "string") return JSON.stringify(body);
  if (isBase64Encoded !== true) return body;
  return isText(response) ? Buffer.from(body, "base64").toString() : undefined;
}
