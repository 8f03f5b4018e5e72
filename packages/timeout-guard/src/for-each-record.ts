/**
 * Working through a batch, record by record, within the time that there is.
 *
 * @module
 */
import {
  callback,
  canReport,
  checkOptions,
  deadlineOf,
  defaultDisposition,
  type EventRecord,
  eventSourceOf,
  invocationOf,
  isPublicError,
  isRecordSource,
  type OptionRule,
  oneOf,
  publishSecurityEvent,
  type RecordSource,
  type RequestLike,
  recordsOf,
} from "@middy-hardening/core";
import { responseTo } from "./batch-response.ts";
import { runBatch } from "./batch-run.ts";
import type { BatchContext, BatchRecord, BatchResponse } from "./batch-types.ts";
import { SOURCE } from "./deadline-exceeded.ts";
import { InvocationDeadline } from "./invocation-deadline.ts";
import { reportOpenWork } from "./open-work.ts";
import { type RecordWork, workOf } from "./record-work.ts";
import { remainingMsOf } from "./remaining-time.ts";

/** How {@link forEachRecord} works. */
export interface ForEachRecordOptions<Item = unknown> {
  /** How many records are worked on at the same time; those of one FIFO message group, shard or Kafka partition never are. Default: 1. */
  readonly parallel?: number | undefined;
  /**
   * What a failed or unfinished record leads to: `report` answers with `batchItemFailures`, for a trigger whose
   * event source mapping has `ReportBatchItemFailures`; `fail` fails the invocation, so that the whole batch is
   * delivered again, and begins no further record once one has failed. Default: `report` for SQS, Kinesis and
   * DynamoDB streams, else `fail`.
   */
  readonly onFailure?: "report" | "fail" | undefined;
  /** Told of each record whose work failed, and how. What it throws is ignored. Default: none. */
  readonly onRecordError?: ((error: unknown, record: Item) => void) | undefined;
  /** Time that is kept for the answer, in milliseconds, where no `timeoutGuard` has set a deadline; at most half of what is left. Default: 500. */
  readonly reserveMs?: number | undefined;
  /**
   * Longest time for one record, in milliseconds. Then its signal aborts and it has failed, whether or not its
   * work heeds the signal, and the next one is begun. Default: none but the deadline.
   */
  readonly recordTimeoutMs?: number | undefined;
}

const atLeast = (least: number, what: string): OptionRule => ({
  expected: `a whole number${what}, ${least} or more`,
  accepts: (value) => Number.isInteger(value) && (value as number) >= least,
});

const RULES = {
  parallel: atLeast(1, ""),
  onFailure: oneOf("report", "fail"),
  onRecordError: callback,
  reserveMs: atLeast(0, " of milliseconds"),
  recordTimeoutMs: atLeast(1, " of milliseconds"),
};

/**
 * Gives each record of a batch to `work`, and answers with those that failed or could not be finished
 * in time, so that they, and no others, are delivered again.
 *
 * A record is begun only if there is time for it, by how long those before it took. At the deadline
 * the signal aborts, and work that does not heed it is not waited for.
 *
 * ```ts
 * export const handler = middy(deadline.plugin)
 *   .use(deadline)
 *   .handler((event: SQSEvent, context) =>
 *     forEachRecord(event, context, (record, { signal }) => place(record.body, signal), { parallel: 5 }),
 *   );
 * ```
 *
 * @throws TypeError when an option is wrong, or the event is no batch whose records can be reported.
 * @throws for `fail`: the error of the only record, an AggregateError of several, or DeadlineExceeded.
 */
export async function forEachRecord<Event extends object>(
  event: Event,
  context: BatchContext,
  work: (record: BatchRecord<Event>, options: RecordWork) => unknown,
  options: ForEachRecordOptions<BatchRecord<Event>> = {},
): Promise<BatchResponse<Event>> {
  const given = checkOptions(`${SOURCE}: forEachRecord`, options, RULES);
  const { parallel = 1, reserveMs = 500, onRecordError } = given;
  const request = { event, context } as unknown as RequestLike;
  if (isEmpty(event)) return { batchItemFailures: [] };
  const source = sourceOf(request);
  const records = recordsOf(event, source);
  const onFailure = given.onFailure ?? defaultDisposition(source);
  if (onFailure === "report" && !canReport(source)) {
    throw new TypeError(
      `${SOURCE}: forEachRecord: ${source} has no partial batch response: use onFailure "fail".`,
    );
  }
  const [deadline, end] = deadlineFor(context, reserveMs);
  const doWork = workOf(deadline, given.recordTimeoutMs);
  const itemOf = (record: EventRecord) => record.fields as BatchRecord<Event>;
  const outcome = await runBatch({
    records,
    deadline,
    parallel,
    stopsAtFailure: onFailure === "fail",
    work: (record) => doWork((options) => work(itemOf(record), options)),
    onFailure(record, error) {
      publishFailure(request, record, error);
      tell(onRecordError, error, itemOf(record));
    },
    onShortage(unfinished) {
      if (!deadline.isAnnounced) publishShortage(request, unfinished);
      deadline.isAnnounced = true;
    },
  });
  deadline.abandonedPromises += outcome.abandoned;
  end(request);
  return responseTo(records, source, outcome, onFailure) as BatchResponse<Event>;
}

/** Nothing tells the source of a batch that has lost all its records on the way; nor is there anything to do. */
const isEmpty = ({ Records: list }: { readonly Records?: unknown }): boolean =>
  Array.isArray(list) && list.length === 0;

function sourceOf(request: RequestLike): RecordSource {
  const told = eventSourceOf(request.event);
  // What a middleware makes of a batch may have lost the marks of its source.
  const source = isRecordSource(told) ? told : invocationOf(request).eventSource;
  if (isRecordSource(source) && source !== "firehose") return source;
  const reason =
    source === "firehose"
      ? "Firehose wants each record answered with data"
      : `an event of ${source} has no records`;
  throw new TypeError(`${SOURCE}: forEachRecord: ${reason}.`);
}

/** The longest that a Lambda function runs. */
const LONGEST_TIMEOUT_MS = 900_000;

/** The deadline of the guard, or one of its own; and what ends it. */
function deadlineFor(
  context: BatchContext,
  reserveMs: number,
): readonly [deadline: InvocationDeadline, end: (request: RequestLike) => void] {
  const present = deadlineOf(context);
  if (present instanceof InvocationDeadline && !present.hasEnded) return [present, () => {}];
  const remainingMs = remainingMsOf(context) ?? LONGEST_TIMEOUT_MS;
  const ownMs = Math.min(reserveMs, remainingMs / 2);
  const leftMs = present?.remainingMs() ?? remainingMs - ownMs;
  const deadline = new InvocationDeadline({ leftMs, reserveMs: ownMs, keepsAlive: true });
  const end = (request: RequestLike): void => {
    deadline.end();
    reportOpenWork({ request, promises: deadline.abandonedPromises });
  };
  return [deadline, end];
}

function publishFailure(request: RequestLike, record: EventRecord, error: unknown): void {
  publishSecurityEvent(request, {
    name: "sys_crash",
    params: ["record", record.id, typeOf(error)],
    description: "The work on a record failed.",
    source: SOURCE,
  });
}

function publishShortage(request: RequestLike, unfinished: number): void {
  publishSecurityEvent(request, {
    name: "deadline_exceeded",
    params: ["records", String(unfinished)],
    description: "There was no time for all records of a batch.",
    source: SOURCE,
    onReplay: "publish",
  });
}

/** The code of a public error, or the name of another one's type; nothing that could hold an input value. */
function typeOf(error: unknown): string {
  try {
    const name: unknown = isPublicError(error) ? error.code : (error as Error).name;
    return typeof name === "string" && /^[A-Za-z_$][\w$]{0,63}$/.test(name) ? name : "unknown";
  } catch {
    return "unknown";
  }
}

function tell<Item>(
  onRecordError: ((error: unknown, record: Item) => void) | undefined,
  error: unknown,
  record: Item,
): void {
  try {
    const told: unknown = onRecordError?.(error, record);
    if (told instanceof Promise) told.catch(() => {});
  } catch {
    // The record is reported whatever becomes of the telling.
  }
}
