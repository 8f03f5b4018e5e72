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
  checkQuery(request, limits, path, raw);
  checkQuery(request, limits, path, event.queryStringParameters);
  checkQuery(request, limits, path, event.multiValueQueryStringParameters);
  checkHeaders(request, limits, event.headers);
  checkHeaders(request, limits, event.multiValueHeaders);
}

function checkQuery(request: Request, limits: Limits, path: string, form: unknown): void {
  const { maxQueryParameters, maxUrlBytes } = limits;
  const tally: Tally = { count: 0, length: path.length };
  if (!add(tally, form)) rejectType(request, "query");
  if (tally.count > maxQueryParameters) rejectExcess(request, limits, "maxQueryParameters");
  if (mayExceed(maxUrlBytes, tally) && Buffer.byteLength(path) + bytesOf(form) > maxUrlBytes) {
    rejectExcess(request, limits, "maxUrlBytes");
  }
}

function checkHeaders(request: Request, limits: Limits, form: unknown): void {
  const { maxHeaders, maxHeaderBytes } = limits;
  const tally: Tally = { count: 0, length: 0 };
  // Each cookie counts as a header, which it is on the wire of HTTP/2 (RFC 9113, section 8.2.3).
  const { cookies } = request.event as HeadFields;
  const cookie = cookies ? { cookie: cookies } : undefined;
  if (!add(tally, form) || !add(tally, cookie)) rejectType(request, "headers");
  if (tally.count > maxHeaders) rejectExcess(request, limits, "maxHeaders");
  if (mayExceed(maxHeaderBytes, tally) && bytesOf(form) + bytesOf(cookie) > maxHeaderBytes) {
    rejectExcess(request, limits, "maxHeaderBytes");
  }
}

/** How many fields there are, and how long their names and values are in UTF-16 units. */
interface Tally {
  count: number;
  length: number;
}

/** In UTF-8 a UTF-16 unit takes one to three bytes, so nearly all sizes are known to fit. */
const mayExceed = (maxBytes: number, { length }: Tally): boolean => 3 * length > maxBytes;

/**
 * Adds an object of names to texts or to arrays of texts, of which each counts with its name;
 * `false` when it is anything else.
 */
function add(tally: Tally, fields: unknown): boolean {
  if (fields === undefined || fields === null) return true;
  if (typeof fields !== "object" || Array.isArray(fields)) return false;
  let count = 0;
  let length = 0;
  for (const name in fields) {
    const value = (fields as Readonly<Record<string, unknown>>)[name];
    // Nearly all are texts, so these are added here: with a call for each it took 0.2 us more.
    if (typeof value === "string") {
      count++;
      length += name.length + value.length;
    } else {
      const texts = textsOf(value);
      if (!texts.every((text) => typeof text === "string")) return false;
      count += texts.length;
      for (const text of texts) length += name.length + text.length;
    }
  }
  tally.count += count;
  tally.length += length;
  return true;
}

/** The same in bytes of UTF-8, of what could be added. */
function bytesOf(fields: unknown): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(Object(fields))) {
    for (const text of textsOf(value) as readonly string[]) {
      bytes += Buffer.byteLength(name) + Buffer.byteLength(text);
    }
  }
  return bytes;
}

/** The values of a field. One that is null, or an empty list, takes its place all the same. */
function textsOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [value ?? ""];
  return value.length > 0 ? value.map((one: unknown) => one ?? "") : [""];
}
