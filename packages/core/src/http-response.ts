/**
 * Changing the HTTP response that a handler returned.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { invocationOf } from "./invocation.ts";

/** The value of one response header as Lambda's HTTP integrations accept it. */
export type HeaderValue = string | number | boolean;

/** A response that this suite may change: a copy, with exactly one of the two header maps always there. */
export interface HttpResponse {
  statusCode: number;
  headers?: Record<string, HeaderValue>;
  multiValueHeaders?: Record<string, HeaderValue[]>;
  body?: unknown;
  isBase64Encoded?: boolean;
  cookies?: string[];
}

/** Responses made here, so that the next middleware of the chain changes the same copy. */
const ownResponses = new WeakSet<object>();

/**
 * The response of an HTTP invocation as an object that may be changed; what the handler returned
 * (perhaps frozen, perhaps shared between invocations) is copied once and replaced on `request`.
 * `undefined` when there is no HTTP response to change.
 *
 * A result without `statusCode` is what payload format 2.0 allows as short form: 200, JSON ("Working
 * with AWS Lambda proxy integrations for HTTP APIs"). For REST APIs and ALB it is no response.
 */
export function ownResponse(request: Request): HttpResponse | undefined {
  const { response } = request;
  if (typeof response === "object" && response !== null && ownResponses.has(response)) {
    return response as HttpResponse;
  }
  const { eventSource, http } = invocationOf(request);
  if (http === undefined) return undefined;
  const isFormat2 = eventSource === "api-gateway-http" || eventSource === "function-url";
  const whole = isFormat2 ? expand(response) : response;
  if (typeof whole !== "object" || whole === null || !Number.isInteger(whole.statusCode)) {
    return undefined;
  }
  const own: HttpResponse = { ...whole };
  arrangeHeaders(own, request.event as object, eventSource === "alb");
  ownResponses.add(own);
  request.response = own;
  return own;
}

/** Payload format 2.0: a result without `statusCode` stands for its JSON. */
function expand(response: unknown): HttpResponse | null | undefined {
  if (response === undefined || response === null) return undefined;
  if (typeof response === "object" && "statusCode" in response) return response as HttpResponse;
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: typeof response === "string" ? response : JSON.stringify(response),
  };
}

/**
 * An ALB reads `multiValueHeaders` alone when its target group has multi-value headers on (the
 * event then has them too) and `headers` alone otherwise; the other HTTP sources read `headers`.
 */
function arrangeHeaders(response: HttpResponse, event: object, isAlb: boolean): void {
  const { headers, multiValueHeaders } = response;
  const isMultiValue =
    isAlb && (event as { multiValueHeaders?: unknown }).multiValueHeaders != null;
  if (isMultiValue) {
    response.multiValueHeaders = { ...multiValueHeaders };
    for (const [name, value] of Object.entries(headers ?? {})) {
      response.multiValueHeaders[name] ??= [value];
    }
    delete response.headers;
    return;
  }
  response.headers = { ...headers };
  if (multiValueHeaders == null) return;
  if (isAlb) {
    for (const [name, values] of Object.entries(multiValueHeaders)) {
      response.headers[name] ??= values.join(", ");
    }
    delete response.multiValueHeaders;
  } else {
    response.multiValueHeaders = { ...multiValueHeaders };
  }
}

/** The names of all headers of a response, as they are written there. */
export function headerNames(response: HttpResponse): string[] {
  return [...Object.keys(response.headers ?? {}), ...Object.keys(response.multiValueHeaders ?? {})];
}

/** The value of a header, its values joined; `name` in lower case. */
export function getHeader(response: HttpResponse, name: string): string | undefined {
  const { headers = {}, multiValueHeaders = {} } = response;
  for (const key in multiValueHeaders) {
    if (key.toLowerCase() === name) return multiValueHeaders[key]?.join(", ");
  }
  for (const key in headers) {
    if (key.toLowerCase() === name) return String(headers[key]);
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
  for (const map of [response.headers, response.multiValueHeaders]) {
    for (const key in map) {
      if (key.length === name.length && key.toLowerCase() === name) delete map[key];
    }
  }
}
