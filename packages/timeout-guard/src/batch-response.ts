/**
 * What is answered for a batch.
 *
 * @module
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
import type { EventRecord, RecordSource } from "@middy-hardening/core";
import type { BatchOutcome } from "./batch-run.ts";
import { DeadlineExceeded } from "./deadline-exceeded.ts";

/**
 * The partial batch response that reports every record which was not done.
 *
 * @throws what the invocation fails with, where a report cannot be given.
 */
export function responseTo(
  records: readonly EventRecord[],
  source: RecordSource,
  outcome: BatchOutcome,
  onFailure: "report" | "fail",
): { readonly batchItemFailures: readonly object[] } {
  const open = records.filter((record) => !outcome.done.has(record));
  // What has no identifier cannot be reported.
  const isWhole = onFailure === "fail" || open.some(({ id }) => id === "");
  if (open.length > 0 && isWhole) throw failureOf(records, open, outcome);
  // A shard is delivered again from its first failed record on.
  const isStream = source === "kinesis" || source === "dynamodb";
  const reported = isStream ? open.slice(0, 1) : open;
  return { batchItemFailures: reported.map(({ itemIdentifier }) => ({ itemIdentifier })) };
}

function failureOf(
  records: readonly EventRecord[],
  open: readonly EventRecord[],
  { failures }: BatchOutcome,
): unknown {
  const errors = [...failures.values()];
  if (errors.length === 0) return new DeadlineExceeded();
  if (records.length === 1) return errors[0];
  const message = `${open.length} of ${records.length} records failed or were not finished.`;
  return new AggregateError(errors, message);
}
