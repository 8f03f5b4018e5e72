/**
 * The fields of a log line, beside those that Powertools itself writes.
 *
 * The request id stands on every line by itself: what `addContext()` puts on a Logger is of
 * whichever invocation came last, when several run in one process.
 *
 * @module
 */
import type { Invocation, SecurityEvent } from "@middy-hardening/core";
import { reportError } from "./error-report.ts";
import type { Outcome } from "./outcome.ts";
import { safeText } from "./safe-text.ts";
import type { WatchedInvocation } from "./watch.ts";

/** The fields of one line. Those that are empty or `undefined` are left out by Powertools. */
export type LineFields = Record<string, unknown>;

/**
 * A security event with the field names of the OWASP Logging Vocabulary; its `level` is that of
 * the line.
 */
export function securityEventFields(event: SecurityEvent, applicationId?: string): LineFields {
  const { request } = event;
  return {
    datetime: new Date().toISOString().replace("Z", "+00:00"),
    appid: applicationId ?? request.functionName,
    event: eventText(event),
    description: safeText(event.description, 256),
    outcome: event.outcome,
    source: safeText(event.source, 128),
    ...httpFields(request),
    useragent: safeText(request.http?.userAgent, 256),
    event_source: request.eventSource,
    function_request_id: request.requestId,
  };
}

/** An invocation and what it came to. */
export function invocationFields(
  invocation: WatchedInvocation,
  outcome: Outcome,
  applicationId?: string,
): LineFields {
  const { facts, startedAt, isColdStart, thrown } = invocation;
  const isFailure = outcome.kind === "failed" && thrown !== undefined;
  return {
    appid: applicationId ?? facts.functionName,
    outcome: outcome.kind,
    status: outcome.status,
    code: outcome.code,
    duration_ms: startedAt && Math.round((performance.now() - startedAt) * 100) / 100,
    ...httpFields(facts),
    event_source: facts.eventSource,
    function_request_id: facts.requestId,
    cold_start: isColdStart,
    error: isFailure ? reportError(thrown.value) : undefined,
  };
}

const httpFields = ({ http }: Invocation): LineFields => ({
  source_ip: http?.sourceIp,
  request_method: http?.method,
  request_uri: safeText(http?.path, 1024),
});

/** `name:first,second`; a comma within a parameter is written `%2C`, so that it makes no further one. */
function eventText({ name, params }: SecurityEvent): string {
  if (params.length === 0) return name;
  return `${name}:${params.map((param) => safeText(param, 64).replaceAll(",", "%2C")).join(",")}`;
}
