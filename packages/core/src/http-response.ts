/**
 * Changing the HTTP response that a handler returned.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { invocationOf } from "./invocation.ts";

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
  cookies?: string[];
}

/** The copy made for each request, so that the next middleware of the chain changes the same one. */
const ownResponses = new WeakMap<Request, HttpResponse>();

/**
 * The response of an HTTP invocation as an object that may be changed; what the handler returned
 * (perhaps frozen, perhaps shared between invocations) is copied once and replaced on `request`.
 * `undefined` when there is no HTTP response to change.
 *
 * A result without `statusCode` is what payload format 2.0 allows as short form: 200, JSON ("Working
 * with AWS Lambda proxy integrations for HTTP APIs"). For REST APIs and ALB it is no response.
 */
export function ownResponse(request: Request): HttpResponse | undefined {
  const known = ownResponses.get(request);
  if (known !== undefined && known === request.response) return known;
  const { eventSource, http } = invocationOf(request);
  if (http === undefined) return undefined;
  const isFormat2 = eventSource === "api-gateway-http" || eventSource === "function-url";
  const whole = isFormat2 ? expand(request.response) : request.response;
  const statusCode = statusOf(whole?.statusCode);
  if (statusCode === undefined) return undefined;
  const own: HttpResponse = { ...whole, statusCode };
  arrangeHeaders(own, eventSource, request.event as object);
  ownResponses.set(request, own);
  request.response = own;
  return own;
}

/** The gateways accept a status written as text too. */
function statusOf(value: unknown): number | undefined {
  const status = typeof value === "string" ? Number(value) : value;
  return Number.isInteger(status) ? (status as number) : undefined;
}

/** Payload format 2.0: a result without `statusCode` stands for its JSON. */
function expand(response: unknown): HttpResponse | undefined {
  if (response === undefined || response === null) return undefined;
  if ((response as HttpResponse).statusCode !== undefined) return response as HttpResponse;
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: typeof response === "string" ? response : JSON.stringify(response),
  };
}

/**
 * An ALB reads `multiValueHeaders` alone when its target group has multi-value headers on (the
 * event then has them too), a REST API reads both maps, and all others read `headers` alone.
 */
function arrangeHeaders(response: HttpResponse, source: string, event: object): void {
  const headers = entriesOf(response.headers) as [string, HeaderValue][];
  const lists = entriesOf(response.multiValueHeaders).map(
    ([name, value]) => [name, Array.isArray(value) ? value : [value]] as [string, HeaderValue[]],
  );
  const isMultiValue =
    source === "alb" && (event as { multiValueHeaders?: unknown }).multiValueHeaders != null;
  delete response.headers;
  delete response.multiValueHeaders;
  if (isMultiValue) {
    const single = headers.map(([name, value]) => [name, [value]] as [string, HeaderValue[]]);
    response.multiValueHeaders = Object.fromEntries([...single, ...lists]);
  } else if (source === "api-gateway-rest") {
    response.headers = Object.fromEntries(headers);
    if (lists.length > 0) response.multiValueHeaders = Object.fromEntries(lists);
  } else {
    const joined = lists.map(([name, list]) => [name, list.join(", ")] as [string, HeaderValue]);
    response.headers = Object.fromEntries([...joined, ...headers]);
  }
}

/** The members of a header map; a handler may have returned anything in its place. */
const entriesOf = (map: unknown): [string, unknown][] =>
  typeof map === "object" && map !== null && !Array.isArray(map) ? Object.entries(map) : [];

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
