/**
 * Changing the HTTP response that a handler returned.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { isFormat2 } from "./event-source.ts";
import { type HttpInvocation, invocationOf } from "./invocation.ts";
import { stateOf } from "./request-state.ts";

/** The value of one response header as Lambda's HTTP integrations accept it. */
export type HeaderValue = string | number | boolean;

/**
 * A response that this suite may change: a copy that always has `headers`, or in their place
 * `multiValueHeaders` for an ALB that reads those. A REST API reads both.
 */
export interface HttpResponse {
  statusCode: number;
  headers?: Record<string, HeaderValue>;
  multiValueHeaders?: Record<string, HeaderValue[]>;
  body?: unknown;
  isBase64Encoded?: boolean;
  /** Of format 2.0. */
  cookies?: string[];
  /** Of an ALB: the status with its reason, such as `404 Not Found`. */
  statusDescription?: string;
}

/**
 * The response of an HTTP invocation as an object that may be changed; what the handler returned
 * (perhaps frozen, perhaps shared between invocations) is copied once and replaced on `request`.
 * `undefined` when there is no HTTP response to change.
 *
 * A result without `statusCode` is what payload format 2.0 allows as short form: 200, JSON ("Working
 * with AWS Lambda proxy integrations for HTTP APIs"). For REST APIs and ALB it is no response.
 */
export function ownResponse(request: Request): HttpResponse | undefined {
  // The copy made before, so that the next middleware of the chain changes the same one.
  const state = stateOf(request);
  const known = state.response;
  if (known !== undefined && known === request.response) return known;
  const { eventSource, http } = invocationOf(request);
  if (http === undefined) return undefined;
  const whole = isFormat2(eventSource) ? expand(request) : request.response;
  const statusCode = statusOf(whole?.statusCode);
  if (statusCode === undefined) return undefined;
  const { headers, multiValueHeaders } = whole as HttpResponse;
  const own: HttpResponse = { statusCode };
  // Field by field: a `toJSON` of the handler's would put another response in place of this one.
  // One by one, not in a loop over their names: 0.1 us a request.
  if ("body" in whole) own.body = whole.body;
  if ("isBase64Encoded" in whole) own.isBase64Encoded = whole.isBase64Encoded;
  if ("cookies" in whole) own.cookies = whole.cookies;
  if ("statusDescription" in whole) own.statusDescription = whole.statusDescription;
  arrangeHeaders(own, eventSource, http, mapOf(headers), mapOf(multiValueHeaders));
  state.response = own;
  request.response = own;
  return own;
}

/** The gateways accept a status written as text too. */
function statusOf(value: unknown): number | undefined {
  const status = typeof value === "string" ? Number(value) : value;
  return Number.isInteger(status) ? (status as number) : undefined;
}

/**
 * Payload format 2.0: a result without `statusCode`, `null` included, stands for its JSON. A
 * stream is written by the runtime, and an error has no result yet.
 */
function expand({ response, error }: Request): HttpResponse | undefined {
  if (error !== undefined && response === undefined) return undefined;
  if (typeof response === "object" && response !== null) {
    if (response.statusCode !== undefined) return response as HttpResponse;
    if (isStream(response) || isStream((response as HttpResponse).body)) return undefined;
  }
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: typeof response === "string" ? response : JSON.stringify(response ?? null),
  };
}

/** Of Node.js or the web; its JSON would be that of its inside. */
const isStream = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (Symbol.asyncIterator in value || "getReader" in value);

type Single = Readonly<Record<string, HeaderValue>>;
type Multiple = Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;

/** A header map, unless the handler returned anything else in its place. */
const mapOf = <T extends object>(map: T | undefined): T | undefined =>
  typeof map === "object" && map !== null && !Array.isArray(map) ? map : undefined;

/**
 * An ALB reads `multiValueHeaders` alone when its target group has multi-value headers on (the
 * event then has them too), a REST API reads both maps, and all others read `headers` alone.
 */
function arrangeHeaders(
  response: HttpResponse,
  source: string,
  { hasMultiValueHeaders }: HttpInvocation,
  headers: Single | undefined,
  multiValueHeaders: Multiple | undefined,
): void {
  if (source === "alb" && hasMultiValueHeaders) {
    response.multiValueHeaders = { ...lists(headers), ...lists(multiValueHeaders) };
  } else if (multiValueHeaders === undefined) {
    response.headers = { ...headers };
  } else if (source === "api-gateway-rest") {
    response.headers = { ...headers };
    response.multiValueHeaders = lists(multiValueHeaders);
  } else {
    const { "set-cookie": cookies, ...others } = lowerCased(multiValueHeaders);
    response.headers = { ...joined(others), ...headers };
    // Cookies cannot be joined: a comma is part of their dates. Format 2.0 has a place of their own for them.
    if (cookies !== undefined && source !== "alb") {
      const own = Array.isArray(response.cookies) ? response.cookies : [];
      response.cookies = [...own, ...[cookies].flat().map(String)];
    } else if (cookies !== undefined) {
      response.headers["set-cookie"] ??= [cookies].flat().at(-1) as HeaderValue;
    }
  }
}

const lowerCased = (map: Multiple): Multiple =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name.toLowerCase(), value]));

const lists = (map: Multiple = {}): Record<string, HeaderValue[]> => mapLists(map, (list) => list);

const joined = (map: Multiple): Record<string, HeaderValue> =>
  mapLists(map, (list) => list.join(", "));

const mapLists = <T>(map: Multiple, change: (list: HeaderValue[]) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change([value].flat())]));

/** The names of all headers of a response, as they are written there. */
export function headerNames(response: HttpResponse): string[] {
  return [...Object.keys(response.headers ?? {}), ...Object.keys(response.multiValueHeaders ?? {})];
}

/** The value of a header, its values joined; `name` in lower case. */
export function getHeader(response: HttpResponse, name: string): string | undefined {
  for (const map of [response.multiValueHeaders, response.headers]) {
    for (const key in map) {
      if (key.toLowerCase() !== name) continue;
      const value = map[key];
      return Array.isArray(value) ? value.join(", ") : String(value);
    }
  }
  return undefined;
}

/** Sets a header in place of one of the same name in any case; `name` in lower case. */
export function setHeader(response: HttpResponse, name: string, value: string): void {
  deleteHeader(response, name);
  addHeader(response, name, value);
}

/** Sets a header that is known to be absent. */
export function addHeader(response: HttpResponse, name: string, value: string): void {
  if (response.headers !== undefined) response.headers[name] = value;
  else (response.multiValueHeaders ??= {})[name] = [value];
}

/** Takes a header away, however its name is written; `name` in lower case. */
export function deleteHeader(response: HttpResponse, name: string): void {
  for (const map of [response.multiValueHeaders, response.headers]) {
    for (const key in map) {
      if (key.length === name.length && key.toLowerCase() === name) delete map[key];
    }
  }
}
