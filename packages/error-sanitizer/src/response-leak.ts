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
  const head =
    textHeaders(headers, multiValueHeaders ?? cookies ?? statusDescription) ??
    // As JSON, since that is how they leave.
    JSON.stringify([headers, multiValueHeaders, cookies, statusDescription]);
  const body = bodyText(response) ?? "";
  // Together, as long as it costs no copy of a long body: a search has its price, however short the text.
  if (body.length < MAX_JOINED_LENGTH) return findLeak(`${body}\n${head}`);
  return findLeak(body) ?? findLeak(head);
}

const MAX_JOINED_LENGTH = 65_536;

/**
 * Headers whose values are texts, between quotation marks as in JSON: to make that of them takes 0.3 us
 * more. `undefined` where there are other values, or something else beside them.
 */
function textHeaders(headers: HttpResponse["headers"], others: unknown): string | undefined {
  if (others !== undefined || !isMap(headers)) return undefined;
  let text = "";
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== "string") return undefined;
    text += `"${name}":"${value}",`;
  }
  return text;
}

/** Whether JSON makes of it what its members are. */
const isMap = (headers: unknown): boolean =>
  headers === undefined ||
  (typeof headers === "object" && headers !== null && !("toJSON" in headers));

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
