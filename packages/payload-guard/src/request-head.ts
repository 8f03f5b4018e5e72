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
import { rejectExcess, rejectType } from "./reject.ts";

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
  // With its sign, each parameter takes as much as it does in the URL.
  const raw = query ? { "&": typeof query === "string" ? query.split("&") : query } : undefined;
  for (const form of [raw, event.queryStringParameters, event.multiValueQueryStringParameters]) {
    const measured = (tally: Tally) => add(tally, form);
    check(request, limits, "query", "maxQueryParameters", "maxUrlBytes", path, measured);
  }
  // Each cookie counts as a header, which it is on the wire of HTTP/2 (RFC 9113, section 8.2.3).
  const cookies = event.cookies ? { cookie: event.cookies } : undefined;
  for (const form of [event.headers, event.multiValueHeaders]) {
    const measured = (tally: Tally) => add(tally, form) && add(tally, cookies);
    check(request, limits, "headers", "maxHeaders", "maxHeaderBytes", "", measured);
  }
}

/** How many fields there are, and how long their names and values are in the unit of `measure`. */
interface Tally {
  readonly measure: (text: string) => number;
  count: number;
  length: number;
}

const utf16Length = (text: string): number => text.length;
const utf8Length = (text: string): number => Buffer.byteLength(text);

/** Checks what `addAll` adds up against the limits of these names; the bytes of `start` count too. */
function check(
  request: Request,
  limits: Limits,
  part: string,
  maxCount: keyof Limits,
  maxBytes: keyof Limits,
  start: string,
  addAll: (tally: Tally) => boolean,
): void {
  const tally: Tally = { measure: utf16Length, count: 0, length: start.length };
  if (!addAll(tally)) rejectType(request, part);
  if (tally.count > limits[maxCount]) rejectExcess(request, limits, maxCount);
  // In UTF-8 a UTF-16 unit takes one to three bytes, so nearly all sizes are known to fit by now.
  if (3 * tally.length <= limits[maxBytes]) return;
  const exact: Tally = { measure: utf8Length, count: 0, length: utf8Length(start) };
  addAll(exact);
  if (exact.length > limits[maxBytes]) rejectExcess(request, limits, maxBytes);
}

/**
 * Adds an object of names to texts or to arrays of texts, of which each counts with its name;
 * `false` when it is anything else.
 */
function add(tally: Tally, fields: unknown): boolean {
  if (typeof (fields ?? {}) !== "object" || Array.isArray(fields)) return false;
  for (const name in fields as Readonly<Record<string, unknown>>) {
    const value = (fields as Readonly<Record<string, unknown>>)[name];
    if (!Array.isArray(value)) {
      if (!addOne(tally, name, value)) return false;
    } else if (!(value.length > 0 ? value : [""]).every((one) => addOne(tally, name, one)))
      return false;
  }
  return true;
}

/** A field that is null takes its place all the same. */
function addOne(tally: Tally, name: string, value: unknown): boolean {
  const text = value ?? "";
  if (typeof text !== "string") return false;
  tally.count++;
  tally.length += tally.measure(name) + tally.measure(text);
  return true;
}
