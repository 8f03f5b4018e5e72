/**
 * Records that the handler must not see, and what becomes of them: partial batch responses.
 *
 * @module
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
import type { Request } from "@middy/core";
import {
  type EventRecord,
  isRecordSource,
  type RecordSource,
  withRecords,
} from "./event-records.ts";
import { invocationOf } from "./invocation.ts";
import { PublicError } from "./public-error.ts";
import { stateOf } from "./request-state.ts";
import { publishSecurityEvent, type SecurityEventName } from "./security-event.ts";
import { settleNow } from "./settlement.ts";

/**
 * What becomes of a record that is refused:
 * - `report`: it is answered as failed, so that its source delivers it again or moves it aside;
 * - `drop`: it is answered as done;
 * - `fail`: the invocation fails, so that the whole batch is delivered again.
 */
export type RecordDisposition = "report" | "drop" | "fail";

/** A record that is refused, and why. */
export interface RejectedRecord {
  readonly record: EventRecord;
  /** Default: `input_validation_fail`. */
  readonly event?: SecurityEventName | undefined;
  /** Stable name of the problem, such as `malformed_json`. */
  readonly code: string;
  /** Further parameters of the security event, after `record` and the record's id; never content. */
  readonly params?: readonly string[] | undefined;
}

/** What is answered for the records that were taken out. */
export interface Exclusion {
  readonly reported: readonly EventRecord[];
  readonly dropped: readonly EventRecord[];
}

/**
 * The disposition where none is given: `report` for the sources with partial batch responses.
 * Kafka has them in provisioned mode only, so there they have to be asked for.
 */
export function defaultDisposition(source: RecordSource): "report" | "fail" {
  return reportsFirstOnly(source) || source === "sqs" || source === "firehose" ? "report" : "fail";
}

/** Whether a partial batch response can be given at all. */
export const canReport = (source: RecordSource): boolean =>
  defaultDisposition(source) === "report" || source === "kafka";

/** A shard is delivered again from its first failed record on, whatever is reported of those after it. */
const reportsFirstOnly = (source: RecordSource): boolean =>
  source === "kinesis" || source === "dynamodb";

/**
 * Publishes each rejected record as a blocked security event, by its id, and takes it out of
 * `request.event`. Of records in order (a FIFO message group, a shard, a partition), those after a
 * reported one go with it.
 *
 * For a `before` hook, which returns what this returns: `undefined`, or when no record is left the
 * response, with which Middy ends the invocation. The hook's middleware has
 * {@link completeBatchResponse} for its `after` and, by `settle`, for its `onError`.
 *
 * @param records all records that `request.event` has.
 * @throws PublicError 422 with the first record's code when the disposition is `fail`, or is `report`
 *   and the source takes no report or a record to be reported has no identifier.
 */
export function rejectRecords(
  request: Request,
  records: readonly EventRecord[],
  rejected: readonly RejectedRecord[],
  disposition: RecordDisposition,
  source: string,
): unknown {
  const [first] = rejected;
  if (first === undefined) return undefined;
  const { eventSource } = invocationOf(request);
  const isReport = disposition === "report";
  const refused = new Set(rejected.map(({ record }) => record));
  const excluded = isReport ? withFollowers(records, refused) : [...refused];
  const isFailed =
    disposition === "fail" ||
    !isRecordSource(eventSource) ||
    (isReport && !excluded.every((record) => isReportable(record, eventSource)));

  const becomes = isFailed ? "fail" : disposition;
  for (const { record, event = "input_validation_fail", code, params = [] } of rejected) {
    publishSecurityEvent(request, {
      name: event,
      params: ["record", record.id, ...params],
      outcome: "blocked",
      description: `A record was refused (${code}, ${becomes}).`,
      source,
    });
  }
  if (isFailed) throw failureOf(first);
  for (const record of reportsFirstOnly(eventSource) ? [] : excluded) {
    if (refused.has(record)) continue;
    publishSecurityEvent(request, {
      name: "input_validation_fail",
      severity: "INFO",
      params: ["record", record.id],
      outcome: "blocked",
      description: "A record was not processed, as it comes after a refused one (report).",
      source,
    });
  }

  const state = stateOf(request);
  const { reported = [], dropped = [] } = state.exclusion ?? {};
  // Of a shard, what is taken out later stood before what is out already: it is the one to report.
  state.exclusion = isReport
    ? { reported: [...excluded, ...reported], dropped }
    : { reported, dropped: [...excluded, ...dropped] };

  const gone = new Set(excluded);
  const remaining = records.filter((record) => !gone.has(record));
  if (remaining.length > 0) {
    request.event = withRecords(request.event as object, eventSource, remaining);
    return undefined;
  }
  // A handler that was called without records might fail, and dropped ones would come back.
  // To Lambda, a batch that is answered with null is done. A tumbling window goes on with its state.
  const { state: window } = request.event as { readonly state?: unknown };
  request.response = window === undefined ? null : { state: window };
  completeBatchResponse(request);
  settleNow(request);
  return request.response;
}

const isReportable = ({ itemIdentifier }: EventRecord, source: RecordSource): boolean =>
  canReport(source) && itemIdentifier !== "";

const failureOf = ({ record, code }: RejectedRecord): PublicError =>
  new PublicError(422, { code, detail: `Record ${record.id} is not valid.` });

function withFollowers(
  records: readonly EventRecord[],
  refused: ReadonlySet<EventRecord>,
): readonly EventRecord[] {
  const blocked = new Set<string>();
  return records.filter((record) => {
    const { orderGroup } = record;
    const isOut = refused.has(record) || (orderGroup !== undefined && blocked.has(orderGroup));
    if (isOut && orderGroup !== undefined) blocked.add(orderGroup);
    return isOut;
  });
}

interface BatchResponse {
  readonly batchItemFailures?: unknown;
  readonly records?: unknown;
}

/**
 * Adds the records that {@link rejectRecords} took out to what the handler, or whoever made a
 * response of its failure, answered. Whoever calls it again adds nothing, and to an invocation that
 * fails there is nothing to add: all its records are delivered again.
 *
 * @throws TypeError when what the handler answered is no list of failures: to Lambda that is the
 *   failure of the whole batch, which a list of ours must not turn into that of a few records.
 */
export function completeBatchResponse(request: Request): void {
  const state = stateOf(request);
  const { exclusion } = state;
  const { response, error } = request;
  if (exclusion === undefined || (error != null && response === undefined)) return;
  const { eventSource } = invocationOf(request);
  const isObject = typeof response === "object" && !Array.isArray(response);
  const given = (isObject ? { ...response } : {}) as BatchResponse;
  if (eventSource === "firehose") {
    const records = [...listIn(given, "records"), ...firehoseResults(exclusion)];
    request.response = { ...given, records };
  } else if (exclusion.reported.length > 0) {
    const reported = reportsFirstOnly(eventSource as RecordSource)
      ? exclusion.reported.slice(0, 1)
      : exclusion.reported;
    const failures = reported.map(({ itemIdentifier }) => ({ itemIdentifier }));
    const batchItemFailures = [...listIn(given, "batchItemFailures"), ...failures];
    request.response = { ...given, batchItemFailures };
  }
  delete state.exclusion;
}

function listIn(response: BatchResponse, name: keyof BatchResponse): readonly unknown[] {
  const list = response[name] ?? [];
  if (Array.isArray(list)) return list;
  throw new TypeError(`@middy-hardening/core: the "${name}" of a batch response must be an array.`);
}

/** Each record of Firehose has an answer of its own ("Transform source data in Amazon Data Firehose"). */
function firehoseResults({ reported, dropped }: Exclusion): readonly object[] {
  const failed = reported.map(({ fields: { recordId, data } }) => ({
    recordId,
    result: "ProcessingFailed",
    data,
  }));
  return [
    ...failed,
    ...dropped.map(({ fields: { recordId } }) => ({ recordId, result: "Dropped" })),
  ];
}
