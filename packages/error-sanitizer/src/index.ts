/**
 * Decides what a caller may learn from a failure, on every kind of trigger.
 *
 * @module
 */
import type { MiddlewareObj, Request } from "@middy/core";
import {
  atSettlement,
  callback,
  checkOptions,
  invocationOf,
  type OptionRule,
  oneOf,
  publishSecurityEvent,
  type SecurityEvent,
  type SettlementTask,
  settle,
  text,
} from "@middy-hardening/core";
import {
  describeError,
  type ErrorMap,
  type Failure,
  INTERNAL,
  isUnauthorized,
  typeNameOf,
  UNAUTHORIZED,
} from "./failure.ts";
import { findLeak, type LeakKind } from "./leak-patterns.ts";
import { hasResult, messageOf, respondWith, throwAtEnd } from "./outcome.ts";
import { findResponseLeak } from "./response-leak.ts";

export type { ErrorMap } from "./failure.ts";
export type { LeakKind } from "./leak-patterns.ts";

const SOURCE = "@middy-hardening/error-sanitizer";

/** Options of {@link errorSanitizer}. */
export interface ErrorSanitizerOptions {
  /**
   * Turns a known error of the application into a `PublicError`, synchronously; `undefined` for
   * any other. Not asked about an error that is public already. Default: none.
   */
  readonly map?: ErrorMap | undefined;
  /**
   * What happens to an HTTP response that holds a stack trace, the text of a database error, a
   * connection string with its password, a private key or the value of a known secret: `block` replaces it by a
   * 500, `report` only publishes the security event. Default: block.
   */
  readonly leakGuard?: "block" | "report" | "off" | undefined;
  /**
   * Headers of a `PublicError` that go out beside `Accept-Encoding`, `Allow`, `Content-Range`,
   * `Retry-After` and `WWW-Authenticate`. Default: none.
   */
  readonly allowHeaders?: readonly string[] | undefined;
  /**
   * URL that an error's code is appended to for the member `type`, such as
   * `https://errors.example.com/`. Default: none (`about:blank`).
   */
  readonly typeBaseUrl?: string | undefined;
}

/** What RFC 9110 (sections 10.2, 11.6, 12.5.3 and 14.4) sends with an error. */
const ERROR_HEADERS = [
  "accept-encoding",
  "allow",
  "content-range",
  "retry-after",
  "www-authenticate",
];

/** A token of RFC 9110, section 5.6.2. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

const headerNameList: OptionRule = {
  expected: "an array of header names",
  accepts: (value) =>
    Array.isArray(value) &&
    value.every((name) => typeof name === "string" && HEADER_NAME.test(name)),
};

/**
 * Answers an HTTP request whose handler or middleware failed with problem details (RFC 9457), and
 * fails any other invocation with an error of nothing but a name and a message. Only a
 * `PublicError` speaks for itself. Looks at successful HTTP responses for leaks, too.
 *
 * It comes first in the chain, so that nothing touches the outcome after it.
 *
 * ```ts
 * export const handler = middy()
 *   .use(errorSanitizer({
 *     map: (error) =>
 *       error instanceof OrderNotFound
 *         ? new PublicError(404, { code: "order_not_found", detail: "No such order." })
 *         : undefined,
 *   }))
 *   .handler(placeOrder);
 * ```
 *
 * @throws TypeError when an option is unknown or wrong (at construction).
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function errorSanitizer(options: ErrorSanitizerOptions = {}): MiddlewareObj {
  const {
    map,
    leakGuard = "block",
    allowHeaders = [],
    typeBaseUrl,
  } = checkOptions(SOURCE, options, {
    map: callback,
    leakGuard: oneOf("block", "report", "off"),
    allowHeaders: headerNameList,
    typeBaseUrl: text,
  });
  const allowedHeaders: ReadonlySet<string> = new Set(
    [...ERROR_HEADERS, ...allowHeaders].map((name) => name.toLowerCase()),
  );
  /** Nothing to do at settlement but to begin it: the outermost of the suite runs all tasks. */
  const announcement: SettlementTask = () => {};

  /** Whether a leak was found that must not leave; it is published either way. */
  function stopsLeak(request: Request, kind: LeakKind | undefined): boolean {
    if (kind === undefined || leakGuard === "off") return false;
    const isBlocked = leakGuard === "block";
    const description = "A response gave away the inside of the system.";
    publish(request, "response_leak", kind, isBlocked ? "blocked" : "detected", description);
    return isBlocked;
  }

  function guardResponse(request: Request): void {
    if (leakGuard === "off" || !isHttp(request)) return;
    try {
      if (!stopsLeak(request, findResponseLeak(request))) return;
    } catch (error) {
      publishCrash(request, error); // A response that cannot be read cannot be sent either.
    }
    respondWith(request, INTERNAL, typeBaseUrl);
  }

  function describe(request: Request): Failure {
    if (isAuthorizer(request) && isUnauthorized(request.error)) return UNAUTHORIZED;
    const failure = describeError(request, map, allowedHeaders);
    if (failure.publicName === undefined && failure.status >= 500) {
      publishCrash(request, request.error);
    }
    return failure;
  }

  /** Makes the failure the outcome of the invocation, in the form that its trigger understands. */
  function failWith(request: Request, failure: Failure): void {
    const { status, title, detail = title, publicName } = failure;
    if (isHttp(request)) {
      respondWith(request, failure, typeBaseUrl);
    } else if (isAuthorizer(request) && status === UNAUTHORIZED.status) {
      // API Gateway answers 401 to exactly this message ("Use API Gateway Lambda authorizers").
      throwAtEnd(request, UNAUTHORIZED.title);
    } else if (publicName === undefined || stopsLeak(request, findLeak(detail))) {
      throwAtEnd(request, messageOf(request, "Internal error"), "InternalError");
    } else {
      throwAtEnd(request, messageOf(request, detail), publicName);
    }
  }

  return {
    before: function errorSanitizerBefore(request: Request): void {
      invocationOf(request); // Before anything can change the event.
      atSettlement(request, announcement);
    },

    after: function errorSanitizerAfter(request: Request): void {
      guardResponse(request);
      // Should a task throw, Middy runs `onError`, which has the last word.
      settle(request, announcement);
    },

    onError: function errorSanitizerOnError(request: Request): void {
      try {
        if (!hasResult(request)) failWith(request, describe(request));
        guardResponse(request);
        settle(request, announcement);
      } catch (error) {
        publishCrash(request, error);
        failWith(request, INTERNAL);
      }
    },
  };
}

export default errorSanitizer;

function publish(
  request: Request,
  name: "response_leak" | "sys_crash",
  param: string,
  outcome: SecurityEvent["outcome"],
  description: string,
): void {
  publishSecurityEvent(request, { name, params: [param], outcome, description, source: SOURCE });
}

function publishCrash(request: Request, error: unknown): void {
  const description = "An unexpected error was withheld from the caller.";
  publish(request, "sys_crash", typeNameOf(error), "blocked", description);
}

const isHttp = (request: Request): boolean => invocationOf(request).http !== undefined;

const isAuthorizer = (request: Request): boolean =>
  invocationOf(request).eventSource === "authorizer";
