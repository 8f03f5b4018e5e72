/**
 * Working through a batch, record by record, within the time that there is.
 *
 * @module
 */
import { eventSourceOf, isRecordSource, recordsOf } from "@middy-hardening/core";
import type { BatchContext, BatchRecord, BatchResponse } from "./batch-types.ts";
import { SOURCE } from "./deadline-exceeded.ts";

/** How {@link forEachRecord} works. */
export interface ForEachRecordOptions<Record = unknown> {
  /** How many records are worked on at the same time; those of one order group never are. Default: 1. */
  readonly parallel?: number | undefined;
  /** Time that is kept for the answer, in milliseconds, where no `timeoutGuard` has set a deadline. Default: 500. */
  readonly reserveMs?: number | undefined;
  /** Told of each record whose work failed. Default: none. */
  readonly onRecordError?: ((error: unknown, record: Record) => void) | undefined;
}

/** What the work on one record is given beside it. */
export interface RecordWork {
  /** Aborts at the deadline. */
  readonly signal: AbortSignal;
}

export async function forEachRecord<Event extends object>(
  event: Event,
  _context: BatchContext,
  work: (record: BatchRecord<Event>, options: RecordWork) => unknown,
  options: ForEachRecordOptions<BatchRecord<Event>> = {},
): Promise<BatchResponse<Event>> {
  const source = eventSourceOf(event);
  if (!isRecordSource(source)) throw new TypeError(`${SOURCE}: no batch.`);
  const batchItemFailures: unknown[] = [];
  for (const record of recordsOf(event, source)) {
    try {
      await work(record.fields as BatchRecord<Event>, { signal: new AbortController().signal });
    } catch (error) {
      options.onRecordError?.(error, record.fields as BatchRecord<Event>);
      batchItemFailures.push({ itemIdentifier: record.itemIdentifier });
    }
  }
  return { batchItemFailures } as BatchResponse<Event>;
}
