/**
 * Records that the handler must not see, and what becomes of them: partial batch responses.
 *
 * @module
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
import type { Request } from "@middy/core";
import { completeBatchResponse, exclude } from "./batch-response.ts";
import {
  type EventRecord,
  isRecordSource,
  type RecordSource,
  reportsFirstOnly,
  withRecords,
} from "./event-records.ts";
import { invocationOf } from "./invocation.ts";
import { PublicError } from "./public-error.ts";
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

/**
 * Publishes each rejected record as a blocked security event, by its id, and takes it out of
 * `request.event`. Of records in order (a FIFO message group, a shard, a partition), those after a
 * reported one go with it.
 *
 * For a `before` hook, which returns what this returns: `undefined`, or when no record is left the
 * response, with which Middy ends the invocation. The hook's middleware has
 * {@link completeBatchResponse} for its `after` and, by `settle`, `completeFailureResponse` for its
 * `onError`.
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

  exclude(request, isReport ? "reported" : "dropped", excluded);
  const gone = new Set(excluded);
  const remaining = records.filter((record) => !gone.has(record));
  if (remaining.length > 0 || (!isReport && endsWindow(request.event))) {
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

/** At its end a tumbling window has something to say even without a record ("Tumbling windows"). */
const endsWindow = (event: unknown): boolean =>
  (event as { readonly isFinalInvokeForWindow?: unknown }).isFinalInvokeForWindow === true;

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
