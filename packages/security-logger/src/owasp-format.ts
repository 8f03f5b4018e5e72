/**
 * Lines with the field names of the OWASP Logging Vocabulary, beside those that Powertools itself
 * writes.
 *
 * The request id stands on every line by itself: what `addContext()` puts on a Logger is of
 * whichever invocation came last, when several run in one process.
 *
 * @module
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html
 */
import type { Invocation, SecurityEvent } from "@middy-hardening/core";
import { reportError } from "./error-report.ts";
import type { FormatSetup, LeftOut, LineFields, LineFormat } from "./line-format.ts";
import { safeText } from "./safe-text.ts";

export function owaspFormat({ applicationId, writeSourceIp }: FormatSetup): LineFormat {
  const httpFields = ({ http }: Invocation): LineFields =>
    http === undefined
      ? {}
      : {
          source_ip: writeSourceIp(http.sourceIp),
          request_method: http.method,
          request_uri: safeText(http.path, 1024),
        };

  return {
    event: (event, at, leftOut) => ({
      datetime: datetime(at.getTime()),
      appid: applicationId ?? event.request.functionName,
      event: eventText(event),
      description: safeText(event.description, 256),
      outcome: event.outcome,
      source: safeText(event.source, 128),
      ...httpFields(event.request),
      useragent: safeText(event.request.http?.userAgent, 256),
      event_source: event.request.eventSource,
      function_request_id: event.request.requestId,
      ...leftOutFields(leftOut),
    }),

    invocation(record, _at, leftOut) {
      const { invocation, outcome } = record;
      const { arrival, facts, isColdStart, thrown } = invocation;
      const isFailure = outcome.kind === "failed" || outcome.kind === "timed_out";
      return {
        appid: applicationId ?? facts.functionName,
        outcome: outcome.kind,
        status: outcome.status,
        code: outcome.code,
        duration_ms: record.durationMs,
        principal: record.principal,
        ...httpFields(facts),
        bytes_in: record.bytesIn,
        bytes_out: record.bytesOut,
        records: arrival.recordCount,
        records_failed: record.failedRecordCount,
        event_source: facts.eventSource,
        function_request_id: facts.requestId,
        cold_start: isColdStart,
        error: isFailure && thrown !== undefined ? reportError(thrown.value) : undefined,
        ...leftOutFields(leftOut),
      };
    },

    leftOut: (leftOut, at) => ({
      datetime: datetime(at.getTime()),
      appid: applicationId ?? process.env.AWS_LAMBDA_FUNCTION_NAME,
      ...("event" in leftOut.kind
        ? { event: leftOut.kind.event }
        : { outcome: leftOut.kind.outcome, error_type: leftOut.kind.errorType }),
      ...leftOutFields(leftOut),
    }),
  };
}

const leftOutFields = (leftOut: LeftOut | undefined): LineFields | undefined =>
  leftOut && {
    suppressed: leftOut.count,
    suppressed_since: datetime(leftOut.since),
    suppressed_until: datetime(leftOut.until),
  };

/** ISO 8601 with the offset, as the vocabulary asks for it. */
const datetime = (time: number): string => new Date(time).toISOString().replace("Z", "+00:00");

/** `name:first,second`; a comma within a parameter is written `%2C`, so that it makes no further one. */
function eventText({ name, params }: SecurityEvent): string {
  const shown = safeText(name, 64);
  if (params.length === 0) return shown;
  return `${shown}:${params.map((param) => safeText(param, 64).replaceAll(",", "%2C")).join(",")}`;
}
