/**
 * Bounds on what comes before the body: the URL, its query parameters and the headers.
 *
 * An event may have the same thing in several forms, such as `headers` and `multiValueHeaders`.
 * Each form must keep the limits by itself, so that the reader of any of them is safe.
 *
 * @module
 */
import type { Request } from "@middy/core";
import type { Limits } from "./options.ts";
import { checkBytes, rejectExcess, rejectType } from "./reject.ts";

/** Where HTTP events have the head of a request; each kind of event has some of the fields. */
interface HeadFields {
  readonly path?: unknown;
  readonly queryStringParameters?: unknown;
  readonly multiValueQueryStringParameters?: unknown;
  readonly rawPath?: unknown;
  readonly rawQueryString?: unknown;
  readonly headers?: unknown;
  readonly multiValueHeaders?: unknown;
  readonly cookies?: unknown;
}

/** @throws PublicError 414, 431 or 400. */
export function checkHead(request: Request, limits: Limits): void {
  const event = request.event as HeadFields;
  const path = typeof event.rawPath === "string" ? event.rawPath : (event.path as string);
  const { rawQueryString: query } = event;
  const check = (
    part: "query" | "headers",
    tally: Tally | undefined,
    maxCount: keyof Limits,
    maxBytes: keyof Limits,
  ): void => {
    if (tally === undefined) rejectType(request, part);
    if (tally.count > limits[maxCount]) rejectExcess(request, limits, maxCount);
    checkBytes(request, limits, maxBytes, tally.text);
  };

  // With its sign, each parameter takes as much as it does in the URL.
  const raw = query ? { "&": typeof query === "string" ? query.split("&") : query } : undefined;
  for (const form of [raw, event.queryStringParameters, event.multiValueQueryStringParameters]) {
    check("query", add({ count: 0, text: path }, form), "maxQueryParameters", "maxUrlBytes");
  }
  // Each cookie counts as a header, which it is on the wire of HTTP/2 (RFC 9113, section 8.2.3).
  const cookies = event.cookies ? { cookie: event.cookies } : undefined;
  for (const form of [event.headers, event.multiValueHeaders]) {
    const tally = add({ count: 0, text: "" }, form);
    check("headers", tally && add(tally, cookies), "maxHeaders", "maxHeaderBytes");
  }
}

/** How many fields there are, and all their names and values. */
interface Tally {
  count: number;
  text: string;
}

/**
 * Adds an object of names to texts or to arrays of texts, of which each counts with its name;
 * `undefined` when it is anything else. (The texts are not copied: V8 keeps a sum as its parts.)
 */
function add(tally: Tally, fields: unknown): Tally | undefined {
  if (typeof (fields ?? {}) !== "object" || Array.isArray(fields)) return undefined;
  for (const name in fields as Readonly<Record<string, unknown>>) {
    const value = (fields as Readonly<Record<string, unknown>>)[name];
    const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
    // A name without a value takes its place all the same.
    for (const text of texts.length > 0 ? texts : [""]) {
      if (typeof (text ?? "") !== "string") return undefined;
      tally.count++;
      tally.text += name + (text ?? "");
    }
  }
  return tally;
}
