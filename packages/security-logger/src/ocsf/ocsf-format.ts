/**
 * Lines in the form of the Open Cybersecurity Schema Framework, each a whole event of its class with
 * the profiles `cloud` and `security_control`, and nothing else.
 *
 * @module
 * @see https://schema.ocsf.io/1.6.0/classes/api_activity
 * @see https://schema.ocsf.io/1.6.0/classes/application_error
 * @see https://schema.ocsf.io/1.6.0/classes/authentication
 * @see https://schema.ocsf.io/1.6.0/classes/detection_finding
 */
import type { SecurityEvent } from "@middy-hardening/core";
import { reportError } from "../error-report.ts";
import type { FormatSetup, LeftOut, LineFields, LineFormat, LogFormat } from "../line-format.ts";
import type { WatchedInvocation } from "../watch.ts";
import {
  API_ACTIVITY,
  AUTHENTICATION,
  activityOfMethod,
  classOf,
  DETECTION_FINDING,
  type EventClass,
  OTHER,
  statusOf,
  VERSION,
} from "./classes.ts";
import { ocsfObjects } from "./objects.ts";

const PROFILES = ["cloud", "security_control"];

/** `severity_id`: Informational, Low, Medium, High, Critical. */
const SEVERITIES = { INFO: 1, WARN: 3, CRITICAL: 5 } as const;
const OUTCOME_SEVERITIES = {
  served: 1,
  refused: 2,
  failed: 4,
  timed_out: 4,
  suspended: 1,
} as const;

/** `action_id` and `disposition_id`: denied and blocked, or allowed and detected. */
const DISPOSITIONS = {
  blocked: { action_id: 2, disposition_id: 2 },
  detected: { action_id: 1, disposition_id: 15 },
} as const;

/**
 * Lines as events of the Open Cybersecurity Schema Framework, for `securityLogger({ format: ocsf })`. A
 * value, so that the 5 KB of it are in the bundles of those alone who want it.
 */
export const ocsf: LogFormat = { name: "ocsf", make: ocsfFormat };

function ocsfFormat(setup: FormatSetup): LineFormat {
  const { safe } = setup;
  const objects = ocsfObjects(setup);

  /** What every event has, whatever its class. */
  const base = (
    [eventClass, activityId]: readonly [EventClass, number],
    activityName: string,
    at: Date,
    eventCode: string,
    invocation?: WatchedInvocation,
  ): LineFields => ({
    ...eventClass,
    activity_id: activityId,
    // Where the class has no number for it, the name says what was done.
    activity_name: activityId === OTHER ? activityName : undefined,
    type_uid: eventClass.class_uid * 100 + activityId,
    time: at.getTime(),
    metadata: {
      version: VERSION,
      product: { name: "middy-hardening", vendor_name: "middy-hardening" },
      profiles: PROFILES,
      event_code: eventCode,
      correlation_uid: invocation?.facts.requestId || undefined,
    },
    cloud: objects.cloud(invocation),
  });

  /** A finding is found at its own time, and new. */
  const finding = (title: string, type: string, at: Date): LineFields => ({
    status_id: 1,
    finding_info: { uid: crypto.randomUUID(), title, types: [type], created_time: at.getTime() },
  });

  function classFields(
    event: SecurityEvent,
    name: string,
    invocation: WatchedInvocation,
    at: Date,
  ): LineFields {
    const [{ class_uid }] = classOf(name);
    const title = safe.line(event.description, 256) ?? name;
    if (class_uid === DETECTION_FINDING.class_uid) {
      return {
        ...finding(title, name, at),
        is_alert: event.severity === "CRITICAL",
        evidences: [objects.evidence(invocation)],
      };
    }
    const status_id = statusOf(name);
    const user = objects.userOf(event.params[0]);
    if (class_uid === AUTHENTICATION.class_uid) {
      return {
        status_id,
        user: user ?? { name: "unknown" },
        service: objects.service(invocation),
        ...objects.http(invocation),
        src_endpoint: objects.source(invocation),
      };
    }
    if (class_uid !== API_ACTIVITY.class_uid) return { status_id };
    return {
      status_id,
      actor: user === undefined ? objects.actor(invocation, undefined) : { user },
      api: objects.api(invocation, name),
      ...objects.http(invocation),
      src_endpoint: objects.source(invocation),
    };
  }

  return {
    event(event, at, leftOut, invocation) {
      const name = safe.line(event.name, 64) ?? "unknown";
      return {
        ...base(classOf(name), name, at, name, invocation),
        severity_id: SEVERITIES[event.severity] ?? SEVERITIES.WARN,
        message: safe.line(event.description, 256),
        ...DISPOSITIONS[event.outcome === "blocked" ? "blocked" : "detected"],
        ...classFields(event, name, invocation, at),
        ...counted(leftOut, 1),
        unmapped: {
          params: event.params.map((param) => safe.line(param, 64) ?? ""),
          source: safe.line(event.source, 128),
          event_source: invocation.facts.eventSource,
          suppressed: leftOut?.count,
        },
      };
    },

    invocation(record, at, leftOut) {
      const { invocation, outcome } = record;
      const { arrival, facts, isColdStart, thrown } = invocation;
      const isServed = outcome.kind === "served" || outcome.kind === "suspended";
      const isFailure = outcome.kind === "failed" || outcome.kind === "timed_out";
      const error = isFailure && thrown !== undefined ? reportError(thrown.value, safe) : undefined;
      return {
        ...base(
          [API_ACTIVITY, activityOfMethod(facts.http?.method)],
          "Invoke",
          at,
          "invocation",
          invocation,
        ),
        severity_id: OUTCOME_SEVERITIES[outcome.kind],
        status_id: isServed ? 1 : 2,
        status: isServed ? "Success" : "Failure",
        status_code: outcome.status === undefined ? undefined : String(outcome.status),
        status_detail: safe.line(outcome.code, 64) ?? outcome.kind,
        ...(outcome.kind === "refused"
          ? DISPOSITIONS.blocked
          : { action_id: 1, disposition_id: isFailure ? 27 : 1 }),
        duration: record.durationMs === undefined ? undefined : Math.round(record.durationMs),
        actor: objects.actor(invocation, record.principal),
        api: objects.api(invocation, facts.http?.method ?? "Invoke"),
        ...objects.http(invocation, record),
        src_endpoint: objects.source(invocation),
        ...counted(leftOut, 1),
        unmapped: {
          outcome: outcome.kind,
          bytes_in: record.bytesIn,
          records: arrival.recordCount,
          records_failed: record.failedRecordCount,
          event_source: facts.eventSource,
          cold_start: isColdStart,
          error,
          suppressed: leftOut?.count,
        },
      };
    },

    leftOut(leftOut, at) {
      const { kind } = leftOut;
      const name =
        "event" in kind
          ? (safe.line(kind.event, 64) ?? "unknown")
          : `invocations that were ${kind.outcome}`;
      const title = `${leftOut.count} lines of ${name} were left out.`;
      return {
        ...base([DETECTION_FINDING, 1], "", at, "suppressed_lines"),
        severity_id: SEVERITIES.WARN,
        message: title,
        action_id: 1,
        // Count: no more was done than to count them.
        disposition_id: 20,
        ...finding(title, name, at),
        ...counted(leftOut, 0),
        unmapped: {
          ...("event" in kind ? { event: name } : kind),
          suppressed: leftOut.count,
        },
      };
    },
  };
}

/** A line may stand for others of its kind: how many, and from when to when. */
const counted = (leftOut: LeftOut | undefined, own: 0 | 1): LineFields | undefined =>
  leftOut && { count: leftOut.count + own, start_time: leftOut.since, end_time: leftOut.until };
