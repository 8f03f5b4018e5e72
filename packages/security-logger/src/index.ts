/**
 * Security events and the outcome of each invocation, as structured logs and metrics.
 *
 * @module
 */
import type { Logger } from "@aws-lambda-powertools/logger";
import type { MiddlewareObj, Request } from "@middy/core";
import { atSettlement, checkOptions, invocationOf, settle } from "@middy-hardening/core";
import { noteArrival } from "./arrival.ts";
import { tellAtExit } from "./at-exit.ts";
import { createCounts, OTHER_EVENTS } from "./counts.ts";
import { floodControl } from "./flood-control.ts";
import type { LineKind } from "./line-format.ts";
import { barePrinter, loggerPrinter, type PrintLine, plainPrinter } from "./line-printer.ts";
import { memberOf } from "./member-of.ts";
import { rules, type SecurityLoggerOptions } from "./options.ts";
import { owaspFormat } from "./owasp-format.ts";
import { isMetricsDisabled, levelOfLogger } from "./powertools-settings.ts";
import { safeTextBy } from "./safe-text.ts";
import { createSecurityLog, type SecurityLog } from "./security-log.ts";
import { sourceIpWriter } from "./source-ip.ts";
import { warnOfHiddenLevels, warnOfReplacedError } from "./warning.ts";
import { routeSecurityEvents, type WatchedInvocation, watch, watchedBy } from "./watch.ts";

export type { FloodControlOptions } from "./flood-control.ts";
export type { PrincipalOf } from "./invocation-record.ts";
export type { LogFormat } from "./line-format.ts";
export { ocsf } from "./ocsf/ocsf-format.ts";
export type { SecurityLoggerOptions } from "./options.ts";
export { createRedactor, type Redactor, type RedactorOptions } from "./redact/redactor.ts";
export type { HashKey, SourceIpForm } from "./source-ip.ts";

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
  const log = logOf(checkOptions(OWNER, options, rules));
  routeSecurityEvents();
  tellAtExit(log);

  const isNew = (request: Request, startedAt?: number): boolean => {
    const facts = invocationOf(request);
    const arrival = noteArrival(request.event, facts.eventSource);
    return watch(log, { facts, arrival, functionArn: arnOf(request.context), startedAt });
  };

  /** The invocation of a request, when this instance is the one that watches it. */
  const watched = (request: Request): WatchedInvocation | undefined =>
    watchedBy(log, invocationOf(request));

  function finish(request: Request): void {
    const invocation = watched(request);
    // An `after` further out may throw once the line is printed: the line stays the only one.
    if (invocation === undefined || invocation.isSettled) return;
    invocation.isSettled = true;
    // A durable execution that cannot go on fails without `onError`.
    if (request.error !== undefined && request.response === undefined) {
      invocation.thrown ??= { value: request.error };
    }
    log.printInvocation(request, invocation);
  }

  return {
    before: function securityLoggerBefore(request: Request): void {
      log.catchUp();
      if (isNew(request, performance.now())) atSettlement(request, finish);
    },
    after: function securityLoggerAfter(request: Request): void {
      if (watched(request) !== undefined) settle(request, finish);
    },
    onError: function securityLoggerOnError(request: Request): void {
      // When a `before` further out failed, this is the first that this middleware sees of the request.
      isNew(request);
      const invocation = watched(request);
      if (invocation === undefined) return;
      // Inner middlewares have run, but none of ours replaces an error: this is the original, or one is told.
      invocation.thrown ??= { value: request.error };
      warnOfReplacedError(request);
      settle(request, finish);
    },
  };
}

function arnOf(context: unknown): string {
  const arn = memberOf(context, "invokedFunctionArn");
  return typeof arn === "string" ? arn : "";
}

const OWNER = "@middy-hardening/security-logger";

function logOf(options: SecurityLoggerOptions): SecurityLog {
  const { logger, metrics, applicationId, sourceIp = "full", flood } = options;
  const { format = "owasp" } = options;
  const safe = safeTextBy(options.redactor);
  const formatSetup = { applicationId, safe, writeSourceIp: sourceIpWriter(sourceIp, safe) };
  warnOfHiddenLevels(format);
  const bounded = (others: LineKind) => floodControl(`${OWNER}: flood`, flood, others);
  const isUncounted = metrics === false || isMetricsDisabled();
  return createSecurityLog({
    level: levelBy(logger),
    format: format === "owasp" ? owaspFormat(formatSetup) : format.make(formatSetup),
    print: printerOf(options),
    floods: {
      event: bounded({ event: OTHER_EVENTS }),
      refused: bounded({ outcome: "refused" }),
      failed: bounded({ outcome: "failed", errorType: "other" }),
      timed_out: bounded({ outcome: "timed_out", errorType: "other" }),
    },
    counts: isUncounted ? undefined : createCounts(metrics, flood),
    invocations: options.invocations ?? true,
    principal: options.principal,
    safe,
  });
}

/** A Logger of the application may change its level at any time. */
function levelBy(logger: Logger | undefined): () => number {
  if (logger !== undefined) return () => logger.level;
  const level = levelOfLogger();
  return () => level;
}

/** An event of OCSF is printed as it is: a Logger would add fields that the schema does not have. */
function printerOf({ format = "owasp", logger }: SecurityLoggerOptions): PrintLine {
  if (format !== "owasp") return barePrinter;
  return logger === undefined ? plainPrinter() : loggerPrinter(logger);
}

export default securityLogger;
