/**
 * A function behind the validator, and what its caller gets.
 *
 * @module
 */
import middy, { type MiddlewareObj } from "@middy/core";
import { isPublicError } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  type HttpKind,
  type HttpRequest,
  httpEvent,
  invoke,
} from "@middy-hardening/testing";
import { type InputValidatorOptions, inputValidator } from "../src/index.ts";

/** The answer to a request, with what the handler got and what was published. */
export interface Answer {
  readonly status: number;
  /** The body of the answer, parsed. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The event that the handler got; `undefined` when it did not run. */
  readonly event: Readonly<Record<string, unknown>> | undefined;
  /** `name: params` of each security event. */
  readonly events: readonly string[];
  /** The message that a log would have of an error that is not public. */
  readonly logged: string | undefined;
}

/** Answers public errors as they say and all others with an empty 500, as an outermost sanitizer does. */
export function sanitizer(log: (message: string) => void): MiddlewareObj {
  return {
    onError: (request) => {
      const { error } = request;
      if (isPublicError(error)) {
        const { statusCode, code, detail, extensions } = error;
        request.response = { statusCode, body: JSON.stringify({ code, detail, ...extensions }) };
      } else {
        log(String(error));
        request.response = { statusCode: 500, body: "{}" };
      }
    },
  };
}

/** Sends an HTTP request to a handler behind `inputValidator(options)`. */
export async function send(
  options: InputValidatorOptions,
  request: HttpRequest = {},
  kind: HttpKind = "api-gateway-http",
  handle: (event: Answer["event"]) => unknown = () => ({ statusCode: 200, body: "{}" }),
): Promise<Answer> {
  return await sendEvent(options, httpEvent(kind, request), handle);
}

/** Sends an event as it is. */
export async function sendEvent(
  options: InputValidatorOptions,
  sent: unknown,
  handle: (event: Answer["event"]) => unknown = () => ({ statusCode: 200, body: "{}" }),
): Promise<Answer> {
  using captured = captureSecurityEvents();
  let event: Answer["event"];
  let logged: string | undefined;
  const handler = middy()
    .use(
      sanitizer((message) => {
        logged = message;
      }),
    )
    .use(inputValidator(options))
    .handler(async (received: unknown) => {
      event = received as Answer["event"];
      return handle(event);
    });
  const { result } = await invoke(handler, sent);
  const response = result as { statusCode: number; headers?: object; body?: string };
  return {
    status: response.statusCode,
    headers: { ...response.headers },
    body: response.body ? JSON.parse(response.body) : {},
    event,
    events: captured.events.map(({ name, params }) => `${name}: ${params.join(" ")}`),
    logged,
  };
}

/** A POST request with a JSON text. */
export const post = (body: string, contentType = "application/json"): HttpRequest => ({
  method: "POST",
  path: "/orders",
  headers: { "content-type": contentType },
  body,
});

/** What a refusal lists, as `code at in#/pointer`. */
export const problemsOf = ({ body }: Answer): string[] =>
  ((body["errors"] ?? []) as { in?: string; pointer: string; code: string }[]).map(
    ({ in: part = "", pointer, code }) => `${code} at ${part}${pointer}`,
  );
