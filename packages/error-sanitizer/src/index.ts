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
  type Review,
  type SettlementTask,
  settle,
  text,
} from "@middy-hardening/core";
import { attempt } from "./attempt.ts";
import { type ErrorMap, INTERNAL } from "./failure.ts";
import { isForeignAnswer, tellOfForeignAnswer } from "./foreign-answer.ts";
import { createGuard } from "./guard.ts";
import { cleanError, hasResult, isMistakenForSuccess } from "./outcome.ts";
import { publishCrash, SOURCE } from "./security-events.ts";

export type { ErrorMap } from "./failure.ts";
export type { LeakKind } from "./leak-patterns.ts";

/** Options of {@link errorSanitizer}. */
export interface ErrorSanitizerOptions {
  /**
   * Turns a known error of the application into a `PublicError`; `undefined` is for any other. Synchronous: what
   * it throws, or a promise, counts as `undefined`, and a process warning (`ErrorSanitizerWarning`) tells the
   * first time. Not asked about an error that is public already. Default: none.
   */
  readonly map?: ErrorMap | undefined;
  /**
   * What happens to an HTTP response that holds a stack trace, the text of a database error, a connection string
   * with its password, a private key or the value of a known secret: `block` replaces it by a 500, `report` only
   * publishes the security event, `off` does not look at it. Default: `block`.
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
  const guard = createGuard({ map, leakGuard, allowedHeaders, typeBaseUrl });
  /** Nothing to do at settlement but to begin it: the outermost of the suite runs all tasks. */
  const announcement: SettlementTask = () => {};
  const review: Review = (request) => {
    if (isMistakenForSuccess(request)) {
      throw cleanError("Records were answered with an HTTP error.", "HttpErrorResponse");
    }
    return guard.response(request);
  };

  return {
    before: function errorSanitizerBefore(request: Request): void {
      invocationOf(request); // Before anything can change the event.
      atSettlement(request, announcement, review);
    },

    after: function errorSanitizerAfter(request: Request): void | Promise<void> {
      // Should a task throw, or a stream before its first byte, Middy runs `onError`, which has the last word.
      const pending = review(request);
      if (pending === undefined) return settle(request, announcement);
      return pending.then(() => settle(request, announcement));
    },

    onError: function errorSanitizerOnError(request: Request): void | Promise<void> {
      const failed = (error: unknown): void | Promise<void> => {
        publishCrash(request, error);
        const pending = guard.fail(request, INTERNAL);
        // The answer is another one now: the tasks see it, too. Whatever they throw, it stays.
        const settleAgain = (): void => void attempt(() => settle(request, announcement));
        return pending === undefined ? settleAgain() : pending.then(settleAgain);
      };
      try {
        const isAnswered = hasResult(request);
        if (isAnswered) tellOfForeignAnswer(request);
        const isKept = isAnswered && !isForeignAnswer(request);
        const pending = isKept ? guard.response(request) : guard.error(request);
        return pending === undefined
          ? settle(request, announcement)
          : pending.then(() => settle(request, announcement)).catch(failed);
      } catch (error) {
        return failed(error);
      }
    },
  };
}

export default errorSanitizer;
