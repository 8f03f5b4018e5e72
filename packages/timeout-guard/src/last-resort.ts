/**
 * The answer when nobody else makes one in time.
 *
 * @module
 */
import type { Request } from "@middy/core";
import {
  type EventSource,
  failInvocationAlone,
  invocationOf,
  statusTitle,
} from "@middy-hardening/core";
import {
  bareDeadlineExceeded,
  DeadlineExceeded,
  type DeadlineStatus,
} from "./deadline-exceeded.ts";

/** Sources beside those of HTTP whose callers read an HTTP response. */
const NEARLY_HTTP: readonly EventSource[] = ["api-gateway-websocket", "vpc-lattice"];

/**
 * Answers an HTTP request with problem details, and fails any other invocation: with `error` when
 * someone has cleaned it of its stack, and else with an error of nothing but a name and a message.
 */
export function lastResort(
  request: Request,
  error: unknown,
  statusCode: DeadlineStatus,
  { resolve, reject }: PromiseWithResolvers<unknown>,
): void {
  const { http, eventSource } = invocationOf(request);
  if (http !== undefined || NEARLY_HTTP.includes(eventSource)) {
    resolve(problem(statusCode));
    return;
  }
  const clean = error instanceof Error && error.stack === "" ? error : bareDeadlineExceeded();
  failInvocationAlone(request.context, clean);
  reject(clean);
}

/** @see https://www.rfc-editor.org/rfc/rfc9457 */
function problem(statusCode: DeadlineStatus): object {
  const { code, detail } = new DeadlineExceeded(statusCode);
  const title = statusTitle(statusCode);
  return {
    statusCode,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
    body: JSON.stringify({ type: "about:blank", title, status: statusCode, detail, code }),
    isBase64Encoded: false,
  };
}
