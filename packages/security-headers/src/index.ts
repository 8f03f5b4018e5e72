/**
 * Security headers on every response, and strict CORS.
 *
 * @module
 */
import type { MiddlewareObj, Request } from "@middy/core";
import {
  addHeader,
  atSettlement,
  checkOptions,
  either,
  type OptionRule,
  oneOf,
  ownResponse,
  record,
  settle,
  settleNow,
} from "@middy-hardening/core";
import { cleanHeaders, plainnessOf } from "./clean-headers.ts";
import { type CorsOptions, corsOf, PREFIX } from "./cors.ts";
import { isFingerprint } from "./fingerprinting-headers.ts";
import { headerNameList } from "./header-syntax.ts";
import { type HeaderOption, headerOptions, headersOf } from "./recommended-headers.ts";
import { source } from "./source.ts";

export type { CorsOptions } from "./cors.ts";

/**
 * Each header is set where the handler has not set it: a string in place of the default changes
 * the value, `false` leaves the header out.
 */
export interface SecurityHeadersOptions {
  /** Whether the response may be stored. Default: `no-store`. */
  readonly cacheControl?: string | false | undefined;
  /** What the response may load or do if a browser shows it as a page. Default: `default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`. */
  readonly contentSecurityPolicy?: string | false | undefined;
  /** What the response, shown as a page, may embed. Default: `require-corp`. */
  readonly crossOriginEmbedderPolicy?: string | false | undefined;
  /** Which pages share a browsing context group with the response. Default: `same-origin`. */
  readonly crossOriginOpenerPolicy?: string | false | undefined;
  /** Which pages may embed the response without CORS. Default: `same-origin`. */
  readonly crossOriginResourcePolicy?: string | false | undefined;
  /** Browser features that the response may use. Default: each feature of the OWASP project's list denied. */
  readonly permissionsPolicy?: string | false | undefined;
  /** What a request that starts from the response tells of its address. Default: `no-referrer`. */
  readonly referrerPolicy?: string | false | undefined;
  /** How long browsers use nothing but HTTPS for this host. Default: `max-age=63072000; includeSubDomains`. */
  readonly strictTransportSecurity?: string | false | undefined;
  /** Whether a browser may guess a content type. Default: `nosniff`. */
  readonly xContentTypeOptions?: string | false | undefined;
  /** Whether a browser looks up the host names of links ahead of time. Default: `off`. */
  readonly xDnsPrefetchControl?: string | false | undefined;
  /** Which pages may frame the response, for browsers without `frame-ancestors`. Default: `deny`. */
  readonly xFrameOptions?: string | false | undefined;
  /** Which documents of other domains may read the response by Adobe's old policy files. Default: `none`. */
  readonly xPermittedCrossDomainPolicies?: string | false | undefined;
  /** Names of headers to take away, beside those of the OWASP project's removal list. Default: none. */
  readonly removeHeaders?: readonly string[] | undefined;
  /** Pages of other origins that may use the API. Default: no CORS, and `Origin` is not looked at. */
  readonly cors?: CorsOptions | undefined;
}

const header = either(
  {
    expected: "a header value of printable ASCII",
    accepts: (value) => typeof value === "string" && /^[!-~][\t -~]*$/.test(value),
  },
  oneOf(false),
);

const rules = {
  ...(Object.fromEntries(headerOptions.map((option) => [option, header])) as {
    [Name in HeaderOption]: OptionRule;
  }),
  removeHeaders: headerNameList,
  cors: record,
};

/**
 * Sets the security headers of an API on every response, errors too; removes headers that tell
 * the software in use or would break out of the header section; answers CORS preflights.
 *
 * ```ts
 * export const handler = middy()
 *   .use(errorSanitizer())
 *   .use(securityHeaders({ cors: { origins: ["https://app.example.com"], credentials: true } }))
 *   .handler(async () => ({ statusCode: 200, body: "{}" }));
 * ```
 *
 * Only HTTP responses are changed (API Gateway, function URL, ALB); other triggers pass through.
 *
 * @throws TypeError when an option is unknown, of the wrong kind or not safe (at construction).
 * @throws PublicError 403 `origin_not_allowed`, `cors_method_not_allowed` or
 *   `cors_header_not_allowed`, from `before`, when `cors` is given.
 * @see https://owasp.org/www-project-secure-headers/
 */
export function securityHeaders(options: SecurityHeadersOptions = {}): MiddlewareObj {
  const { removeHeaders = [], cors: corsOptions, ...values } = checkOptions(source, options, rules);
  const headers = headersOf(values);
  const cors = corsOptions && corsOf(corsOptions);
  const removed = new Set(removeHeaders.map((name) => name.toLowerCase()));
  // What a handler says of CORS itself is how origins come to be reflected: the options alone decide.
  const isUnwelcome = (name: string): boolean =>
    removed.has(name) || isFingerprint(name) || (cors !== undefined && name.startsWith(PREFIX));
  const own = Object.fromEntries(headers);
  const isPlain = plainnessOf(isUnwelcome, removed, own);

  function complete(request: Request): void {
    const response = ownResponse(request);
    if (response === undefined) return;
    if (isPlain(response)) {
      // At once: to add 12 headers one by one, and to look for each among the names, takes 0.8 us.
      response.headers = { ...own, ...response.headers };
    } else {
      const present = cleanHeaders(request, response, isUnwelcome);
      for (const [name, value] of headers) {
        if (!present.has(name)) addHeader(response, name, value);
      }
    }
    cors?.apply(request, response);
  }

  return {
    before: function securityHeadersBefore(request: Request): unknown {
      atSettlement(request, complete);
      if (cors?.admit(request) !== true) return undefined;
      // A value returned ends the invocation: no `after` will run, so the outcome is settled here.
      request.response = { statusCode: 204 };
      settleNow(request);
      return request.response;
    },
    after: function securityHeadersAfter(request: Request): void {
      settle(request, complete);
    },
    onError: function securityHeadersOnError(request: Request): void {
      settle(request, complete);
    },
  };
}

export default securityHeaders;
