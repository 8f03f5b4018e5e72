/**
 * Making the outcome that a caller sees of a failure: problem details for who reads an HTTP
 * response, a clean error for every other caller.
 *
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
import type { Request } from "@middy/core";
import { invocationOf, isRecordSource, ownResponse, readsStatus } from "@middy-hardening/core";
import { attempt } from "./attempt.ts";
import type { Failure } from "./failure.ts";

/** Whether the caller reads an HTTP response. */
export const readsHttpResponse = (request: Request): boolean =>
  readsStatus(invocationOf(request).eventSource);

/** Sets the response to problem details that tell the failure. */
export function respondWith(request: Request, failure: Failure, typeBaseUrl?: string): void {
  const { status, code, title, detail, headers, extensions } = failure;
  const { requestId } = invocationOf(request);
  const standard = {
    type: typeBaseUrl === undefined ? "about:blank" : typeBaseUrl + encodeURIComponent(code),
    title,
    status,
    detail,
    instance: /^[\da-f-]{36}$/i.test(requestId) ? `urn:uuid:${requestId}` : undefined,
    code,
    requestId: requestId || undefined,
  };
  request.response = {
    statusCode: status,
    headers: { ...headers, "content-type": "application/problem+json" },
    body: withExtensions(standard, extensions),
    isBase64Encoded: false,
  };
  // It fails when something has replaced the event by what is none; the response is right even so.
  attempt(() => ownResponse(request));
}

/** Longest body, in UTF-16 units: an extension member that would make it longer is left out. */
const MAX_BODY_LENGTH = 65_536;

/** The JSON text of both, without the extension members that JSON cannot hold or that are standard ones. */
function withExtensions(standard: object, extensions: Failure["extensions"] = {}): string {
  let json = JSON.stringify(standard).slice(0, -1);
  for (const name of attempt(() => Object.keys(extensions)) ?? []) {
    const value = attempt(() => JSON.stringify(extensions[name]));
    const member = `,${JSON.stringify(name)}:${value}`;
    const isWelcome = value !== undefined && !(name in standard);
    if (isWelcome && json.length + member.length < MAX_BODY_LENGTH) json += member;
  }
  return `${json}}`;
}

/** An error that holds nothing but its name and message: Lambda sends both, and the stack, to its caller. */
export function cleanError(message: string, name = message): Error {
  const error = new Error(message);
  Object.defineProperty(error, "name", { value: name });
  // The runtime splits the stack into lines: without one it fails, with an empty one it sends [""].
  error.stack = "";
  return error;
}

/** Sets the error that Middy throws at the end. */
export function throwAtEnd(request: Request, error: Error): void {
  request.response = undefined;
  request.error = error;
}

/** The error of a failure that says nothing of itself. */
export const internalError = (request: Request): Error =>
  cleanError(messageOf(request, "Internal error"), "InternalError");

/** A message by which its reader finds the invocation in the log. */
export function messageOf(request: Request, text: string): string {
  const { requestId } = invocationOf(request);
  return requestId ? `${text} (request id: ${requestId})` : text;
}

/**
 * Whether an inner `onError` has set a result that the trigger understands, such as
 * `batchItemFailures`. An HTTP response is none for most: to SQS, `{ statusCode: 500 }` is
 * success, and the batch that failed would be deleted.
 */
export function hasResult(request: Request): boolean {
  if (request.response === undefined) return false;
  return readsHttpResponse(request) || !hasStatus(request.response, 100);
}

/**
 * Whether the handler of records answered with an HTTP error, as one that an API calls too may. To
 * the source of the records that would be success.
 */
export function isMistakenForSuccess(request: Request): boolean {
  return isRecordSource(invocationOf(request).eventSource) && hasStatus(request.response, 400);
}

/** Whether a response has a status of at least `least`; yes, when it cannot be read. */
const hasStatus = (response: unknown, least: number): boolean =>
  attempt(() => Number(Object(response).statusCode) >= least) ?? true;
