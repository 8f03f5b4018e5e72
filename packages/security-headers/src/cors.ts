/**
 * Cross-origin requests: which origins may read the answers, and a strict answer to a preflight.
 *
 * @module
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 * @see https://owasp.org/www-project-secure-headers/ ("Prevent CORS misconfiguration issues")
 */
import type { Request } from "@middy/core";
import {
  addHeader,
  callback,
  checkOptions,
  either,
  flag,
  getHeader,
  type HttpResponse,
  headerValues,
  invocationOf,
  limitOf,
  type OptionRule,
  oneOf,
  refuse,
  type SecurityEventName,
  setHeader,
} from "@middy-hardening/core";
import { headerNameList, listOf } from "./header-syntax.ts";
import type { Header } from "./recommended-headers.ts";
import { source } from "./source.ts";

/** Which pages of other origins may call the API, and how. */
export interface CorsOptions {
  /**
   * The origins that may read the answers: a list of exact origins such as
   * `https://app.example.com`, a function that is asked for each (synchronous; only `true` is a
   * yes, an exception is a no), or `"*"` for everyone, without credentials. Required.
   */
  readonly origins: readonly string[] | ((origin: string) => boolean) | "*";
  /** Methods that a preflight may ask for, in upper case. Default: `GET`, `HEAD`, `POST`. */
  readonly methods?: readonly string[] | undefined;
  /** Request headers that a preflight may ask for. Default: `content-type`. */
  readonly allowedHeaders?: readonly string[] | undefined;
  /** Response headers that a page may read, beside those that it always may. Default: none. */
  readonly exposedHeaders?: readonly string[] | undefined;
  /** Whether requests may carry cookies and HTTP authentication. Default: `false`. */
  readonly credentials?: boolean | undefined;
  /** How long a browser may remember the answer to a preflight, in seconds (a day at most). Default: 600. */
  readonly maxAgeSeconds?: number | undefined;
  /**
   * Whether a request from an origin that is neither allowed nor the API's own is refused. When
   * `false` it reaches the handler, and only its answer cannot be read. Default: `true`.
   */
  readonly rejectForeignOrigins?: boolean | undefined;
}

/** The options put to work. */
export interface Cors {
  /**
   * Looks at the origin of a request; true for a preflight that is to be answered at once.
   *
   * @throws PublicError 403 `origin_not_allowed`, `cors_method_not_allowed`, `cors_header_not_allowed`.
   */
  admit(request: Request): boolean;
  /** Adds to a response without CORS headers those that its request was granted. */
  apply(request: Request, response: HttpResponse): void;
}

/** What the names of all headers of the protocol begin with, but `Origin` and `Vary`. */
export const PREFIX = "access-control-";
const REQUEST_METHOD = `${PREFIX}request-method`;
const REQUEST_HEADERS = `${PREFIX}request-headers`;

/** More than this no browser honours. */
const MAX_AGE_SECONDS = 86_400;

/**
 * Whether a text is an origin of scheme, host and port as a browser writes it (RFC 6454, section
 * 6.2): in lower case, without the default port, and of the length that a DNS name can have.
 */
const isOrigin = (text: string): boolean =>
  /^(?!http:.*:80$|https:.*:443$)[a-z][a-z\d+.-]{0,30}:\/\/([a-z\d_.-]{1,255}|\[[\da-f:.]{2,45}\])(:[1-9]\d{0,4})?$/.test(
    text,
  );

const rules: { readonly [Name in keyof Required<CorsOptions>]: OptionRule } = {
  origins: either(
    listOf(
      'exact origins (scheme://host[:port] in lower case; no default port, path or final slash; not "null")',
      isOrigin,
    ),
    callback,
    oneOf("*"),
  ),
  methods: listOf("methods in upper case", (method) => /^[A-Z-]+$/.test(method)),
  allowedHeaders: headerNameList,
  exposedHeaders: headerNameList,
  credentials: flag,
  maxAgeSeconds: limitOf("seconds"),
  rejectForeignOrigins: flag,
};

/** @throws TypeError when an option is wrong, missing, or not safe together with another. */
export function corsOf(options: CorsOptions): Cors {
  const owner = `${source}, cors`;
  checkOptions(owner, { ...options, origins: options.origins ?? null }, rules);
  const {
    origins,
    methods = ["GET", "HEAD", "POST"],
    allowedHeaders = ["content-type"],
    exposedHeaders = [],
    credentials = false,
    maxAgeSeconds = 600,
    rejectForeignOrigins = true,
  } = options;
  const isPublic = origins === "*";
  if (credentials && isPublic) {
    // Any page could act as its visitor.
    throw new TypeError(`${owner}: "credentials" must not be true with origins "*".`);
  }

  const allows = originTest(origins);
  // The empty name is what an empty list of names, or a comma at its end, is split into.
  const headerSet = new Set(["", ...allowedHeaders.map((name) => name.toLowerCase())]);
  const common = [
    ...header("allow-origin", isPublic ? ["*"] : []),
    ...header("allow-credentials", credentials ? ["true"] : []),
  ];
  const answer = [...common, ...header("expose-headers", exposedHeaders)];
  const preflight = [
    ...common,
    ...header("allow-methods", methods),
    ...header("allow-headers", allowedHeaders),
    ...header("max-age", [Math.min(maxAgeSeconds, MAX_AGE_SECONDS)]),
    ["vary", `Origin, ${REQUEST_METHOD}, ${REQUEST_HEADERS}`] as const,
  ];
  /** Without an entry a request was granted nothing: it has no origin, or one that is not allowed. */
  const grants = new WeakMap<Request, readonly Header[]>();

  return {
    admit(request) {
      const { http } = invocationOf(request);
      if (http === undefined) return false;
      const event = request.event as object;
      // A repeated header gives no origin at all, whichever of its values another reader would take.
      const origin = headerValues(event, "origin").join();
      if (origin === "") return false;
      const method = headerValues(event, REQUEST_METHOD).join();
      const isPreflight = method !== "" && http.method === "OPTIONS";

      const verdict = allows(origin);
      if (!verdict) {
        if (isPreflight || (rejectForeignOrigins && !isOwnOrigin(event, origin))) {
          // Where nobody could decide, there is no telling that it was an attack.
          const isForeign = verdict === false;
          refuseCors(
            request,
            "origin_not_allowed",
            "origin",
            isForeign ? "malicious_cors" : undefined,
          );
        }
        return false;
      }
      if (isPreflight) {
        // An allowed origin that asks for too much is rather a mistake of its page than an attack.
        if (!methods.includes(method)) {
          refuseCors(request, "cors_method_not_allowed", REQUEST_METHOD);
        }
        const names = headerValues(event, REQUEST_HEADERS).join().toLowerCase().split(",");
        if (!names.every((name) => headerSet.has(name.trim()))) {
          refuseCors(request, "cors_header_not_allowed", REQUEST_HEADERS);
        }
      }
      grants.set(request, [
        ...header("allow-origin", isPublic ? [] : [origin]),
        ...(isPreflight ? preflight : answer),
      ]);
      return isPreflight;
    },

    apply(request, response) {
      // Everyone gets the same answer from a public API, so that a cache may keep it for everyone.
      const granted = grants.get(request) ?? (isPublic ? answer : []);
      for (const [name, value] of granted) addHeader(response, name, value);
      if (isPublic) return;
      const vary = getHeader(response, "vary") ?? "";
      if (/(^|,)\s*(\*|origin)\s*(,|$)/i.test(vary)) return;
      setHeader(response, "vary", vary === "" ? "Origin" : `${vary}, Origin`);
    },
  };
}

/** The header of the protocol with a list as its value; none when the list is empty. */
const header = (name: string, values: readonly unknown[]): Header[] =>
  values.length === 0 ? [] : [[PREFIX + name, values.join(", ")]];

/** What a predicate says of an origin; `undefined` when it could not say anything. */
type Verdict = boolean | undefined;

/** Whether a value is a promise, of whatever library. */
const isThenable = (value: unknown): boolean =>
  typeof (value as { then?: unknown } | null | undefined)?.then === "function";

/** The test for an origin that the option stands for. */
function originTest(origins: CorsOptions["origins"]): (origin: string) => Verdict {
  if (typeof origins !== "function") return (origin) => origins === "*" || origins.includes(origin);
  let isTold = false;
  /** Who cannot decide has not allowed it; the developer is told once. */
  const undecided = (reason: string): undefined => {
    if (!isTold) process.emitWarning(`${source}: the predicate of "cors.origins" ${reason}.`);
    isTold = true;
  };
  return (origin) => {
    if (!isOrigin(origin)) return false;
    try {
      const verdict: unknown = origins(origin);
      if (!isThenable(verdict)) return verdict === true;
      // Nobody waits for it, and its rejection must not end the process.
      Promise.resolve(verdict).catch(() => {});
      return undecided("returned a promise, but it has to be synchronous");
    } catch {
      return undecided("has thrown");
    }
  };
}

/**
 * Whether a page of the API's own origin sent the request. A page can set neither `Sec-Fetch-Site`
 * nor `Host`, and `X-Forwarded-Proto` not without a preflight; a client that is no browser gains
 * nothing by forging them, since it may as well leave out its origin.
 */
function isOwnOrigin(event: object, origin: string): boolean {
  const textOf = (name: string): string => headerValues(event, name).join().toLowerCase();
  const { domainName = "" } = (event as { requestContext: { domainName?: unknown } })
    .requestContext;
  const scheme = textOf("x-forwarded-proto") || "https";
  return (
    // Right even where a CDN in front of the API puts another name into `Host`.
    textOf("sec-fetch-site") === "same-origin" ||
    [textOf("host"), domainName].some((host) => origin === `${scheme}://${host}`)
  );
}

/** Refuses, without a word on who or what would be allowed. */
function refuseCors(
  request: Request,
  code: string,
  parameter: string,
  event: SecurityEventName = "input_validation_fail",
): never {
  refuse(request, {
    statusCode: 403,
    code,
    detail: "This cross-origin request is not allowed.",
    source,
    event,
    params: [parameter],
  });
}
