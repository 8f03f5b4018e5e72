/**
 * Security events and the outcome of each invocation, as structured logs and metrics.
 *
 * @module
 */
import { Logger } from "@aws-lambda-powertools/logger";
import type { Metrics } from "@aws-lambda-powertools/metrics";
import type { MiddlewareObj, Request } from "@middy/core";
import {
  atSettlement,
  checkOptions,
  flag,
  invocationOf,
  type OptionRule,
  settle,
  text,
} from "@middy-hardening/core";
import { outcomeOf } from "./outcome.ts";
import { createSecurityLog } from "./security-log.ts";
import { routeSecurityEvents, type WatchedInvocation, watch, watchedBy } from "./watch.ts";

export { createRedactor, type Redactor, type RedactorOptions } from "./redact/redactor.ts";

/** What {@link securityLogger} logs, and through what. */
export interface SecurityLoggerOptions {
  /**
   * A Powertools Logger whose service name, persistent attributes, formatter and level the lines
   * take over. Default: a Logger of its own, set up by Powertools' environment variables.
   */
  readonly logger?: Logger | undefined;
  /**
   * A Powertools Metrics whose namespace and default dimensions the counts take over; `false`
   * counts nothing. Default: a Metrics of its own, with the namespace `middy-hardening` where
   * `POWERTOOLS_METRICS_NAMESPACE` is not set.
   */
  readonly metrics?: Metrics | false | undefined;
  /** The vocabulary's `appid`. Default: the function's name. */
  readonly applicationId?: string | undefined;
  /** Whether each invocation gets a line with its outcome. Default: `true`. */
  readonly invocations?: boolean | undefined;
}

/** By what it can do, not by its class: two copies of Powertools in one bundle have two classes. */
const having = (method: string, expected: string): OptionRule => ({
  expected,
  accepts: (value) =>
    typeof (value as Readonly<Record<string, unknown>> | null)?.[method] === "function",
});

const metricsRule = having("singleMetric", "a Powertools Metrics, or false");

const rules: { readonly [Name in keyof Required<SecurityLoggerOptions>]: OptionRule } = {
  logger: having("createChild", "a Powertools Logger"),
  metrics: {
    expected: metricsRule.expected,
    accepts: (value) => value === false || metricsRule.accepts(value),
  },
  applicationId: text,
  invocations: flag,
};

/**
 * Prints one JSON line for each security event of an invocation, in the OWASP Logging Vocabulary,
 * and one for the invocation itself; counts the events by name as CloudWatch metrics.
 *
 * ```ts
 * export const handler = middy()
 *   .use(securityLogger({ applicationId: "orders" }))
 *   .use(inputValidator({ body: Order }))
 *   .handler(async (event) => ({ statusCode: 201, body: JSON.stringify(await place(event.body)) }));
 * ```
 *
 * A line or a count that cannot be printed never changes the outcome of an invocation: the first
 * failure of each instance is told by a process warning.
 *
 * @throws TypeError when an option is unknown or of the wrong kind (at construction).
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html
 */
export function securityLogger(options: SecurityLoggerOptions = {}): MiddlewareObj {
  const {
    logger = new Logger(),
    metrics,
    applicationId,
    invocations = true,
  } = checkOptions("@middy-hardening/security-logger", options, rules);
  const log = createSecurityLog({ logger, metrics, applicationId });
  routeSecurityEvents();

  /** The invocation of a request, when this instance is the one that watches it. */
  const watched = (request: Request): WatchedInvocation | undefined =>
    watchedBy(log, invocationOf(request));

  function printInvocation(request: Request): void {
    const invocation = watched(request);
    // An `after` further out may throw once the line is printed: the line stays the only one.
    if (!invocations || invocation === undefined || invocation.isPrinted) return;
    invocation.isPrinted = true;
    log.printInvocation(invocation, outcomeOf(request, invocation));
  }

  return {
    before: function securityLoggerBefore(request: Request): void {
      if (watch(log, invocationOf(request), performance.now())) {
        atSettlement(request, printInvocation);
      }
    },
    after: function securityLoggerAfter(request: Request): void {
      if (watched(request) !== undefined) settle(request, printInvocation);
    },
    onError: function securityLoggerOnError(request: Request): void {
      // When a `before` further out failed, this is the first that this middleware sees of the request.
      watch(log, invocationOf(request));
      const invocation = watched(request);
      if (invocation === undefined) return;
      // Inner middlewares have run, but none of ours replaces an error: this is the original.
      invocation.thrown ??= { value: request.error };
      settle(request, printInvocation);
    },
  };
}

export default securityLogger;
