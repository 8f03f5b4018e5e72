import middy, { type MiddlewareObj } from "@middy/core";
import { atSettlement, isPublicError, settle } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  type HttpAnswer,
  type HttpKind,
  type HttpRequest,
  httpAnswer,
  httpEvent,
  invoke,
} from "@middy-hardening/testing";
import { type SecurityHeadersOptions, securityHeaders } from "../src/index.ts";

/** An outermost middleware that makes the response to an error, and settles, as `error-sanitizer` does. */
export function errorsAsJson(): MiddlewareObj {
  const nothing = (): void => {};
  return {
    before: (request) => atSettlement(request, nothing),
    after: (request) => settle(request, nothing),
    onError: (request) => {
      const { error } = request;
      const statusCode = isPublicError(error) ? error.statusCode : 500;
      const code = isPublicError(error) ? error.code : "internal";
      request.response = { statusCode, headers: {}, body: JSON.stringify({ code }) };
      settle(request, nothing);
    },
  };
}

/** What a client receives, and what was published on the way. */
export interface Exchange {
  readonly status: number;
  readonly body: string;
  /** The values of a header that the client receives, joined; `undefined` without the header. */
  header(name: string): string | undefined;
  readonly answer: HttpAnswer;
  readonly result: unknown;
  readonly events: readonly { name: string; outcome: string; params: readonly string[] }[];
  /** Whether the handler ran. */
  readonly wasHandled: boolean;
}

/** Sends one request to an API whose handler returns `response` (or throws it, if it is an error). */
export async function send(
  options: SecurityHeadersOptions,
  request: HttpRequest,
  response: unknown = { statusCode: 200, body: "{}" },
  kind: HttpKind = "api-gateway-http",
  change: (event: Record<string, unknown>) => unknown = (event) => event,
): Promise<Exchange> {
  let wasHandled = false;
  const handler = middy()
    .use(errorsAsJson())
    .use(securityHeaders(options))
    .handler(() => {
      wasHandled = true;
      if (response instanceof Error) throw response;
      return response as never;
    });
  using captured = captureSecurityEvents();
  const event = change({ ...httpEvent(kind, request) });
  const outcome = await invoke(handler, event);
  const answer = httpAnswer(kind, outcome);
  return {
    status: answer.status,
    body: answer.body.toString(),
    header: (name) => {
      const values = answer.headers.filter(([key]) => key === name).map(([, value]) => value);
      return values.length === 0 ? undefined : values.join(", ");
    },
    answer,
    result: outcome.result,
    events: captured.events.map(({ name, outcome, params }) => ({ name, outcome, params })),
    wasHandled,
  };
}
