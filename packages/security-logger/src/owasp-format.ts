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
import { KIND_OF_LINE } from "./reserved-names.ts";
import type { SafeText } from "./safe-text.ts";

export function owaspFormat({ applicationId, safe, writeSourceIp }: FormatSetup): LineFormat {
  const httpFields = ({ http }: Invocation): LineFields =>
    http === undefined
      ? {}
      : {
          source_ip: writeSourceIp(http.sourceIp),
          request_method: safe.line(http.method, 32),
          request_uri: safe.line(http.path, 1024),
        };

  return {
    event: (event, at, leftOut) => ({
      [KIND_OF_LINE]: "event",
      datetime: datetime(at.getTime()),
      appid: (applicationId ?? event.request.functionName) || undefined,
      event: eventText(event, safe),
      description: safe.line(event.description, 256),
      outcome: safe.line(event.outcome, 16),
      source: safe.line(event.source, 128),
      ...httpFields(event.request),
      useragent: safe.line(event.request.http?.userAgent, 256),
      event_source: event.request.eventSource,
      function_request_id: event.request.requestId || undefined,
      ...leftOutFields(leftOut),
    }),

    invocation(record, _at, leftOut) {
      const { invocation, outcome } = record;
      const { arrival, facts, isColdStart, thrown } = invocation;
      const isFailure = outcome.kind === "failed" || outcome.kind === "timed_out";
      return {
        [KIND_OF_LINE]: "invocation",
        appid: (applicationId ?? facts.functionName) || undefined,
        outcome: outcome.kind,
        status: outcome.status,
        code: safe.line(outcome.code, 64),
        duration_ms: record.durationMs,
        principal: safe.line(record.principal, 128),
        ...httpFields(facts),
        bytes_in: record.bytesIn,
        bytes_out: record.bytesOut,
        records: arrival.recordCount,
        records_failed: record.failedRecordCount,
        event_source: facts.eventSource,
        function_request_id: facts.requestId || undefined,
        cold_start: isColdStart,
        error: isFailure && thrown !== undefined ? reportError(thrown.value, safe) : undefined,
        ...leftOutFields(leftOut),
      };
    },

    leftOut: (leftOut, at) => ({
      [KIND_OF_LINE]: "left_out",
      datetime: datetime(at.getTime()),
      appid: applicationId ?? process.env.AWS_LAMBDA_FUNCTION_NAME,
      ...("event" in leftOut.kind
        ? { event: safe.line(leftOut.kind.event, 64) }
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
function eventText({ name, params }: SecurityEvent, safe: SafeText): string {
  const shown = safe.line(name, 64) ?? "unknown";
  if (params.length === 0) return shown;
  const texts = params.map((param) => (safe.line(param, 64) ?? "").replaceAll(",", "%2C"));
  return `${shown}:${texts.join(",")}`;
}
