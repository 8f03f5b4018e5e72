/**
 * A stream that drives a handler as Kinesis or DynamoDB Streams and Lambda's event source mapping
 * do: shards in order, a checkpoint, retries from it, bisection, an on-failure destination.
 *
 * @module
 */
import { createHash, randomUUID } from "node:crypto";
import { callback, checkOptions, flag, limitOf, oneOf } from "@middy-hardening/core";
import type { InvokableHandler } from "../invoke.ts";
import { invokeBatch, type OnInvocation } from "./batch-invocation.ts";
import { type HistoryEntry, type Tally, tallyOf } from "./history.ts";
import { between } from "./option-rules.ts";
import {
  dynamodbEvent,
  dynamodbSequenceNumber,
  kinesisEvent,
  kinesisSequenceNumber,
  type RecordContent,
} from "./record-events.ts";
import { recordLog } from "./record-log.ts";
import { readShard, type Shard, type ShardRecord } from "./shard.ts";
import { simulatedClock } from "./simulated-clock.ts";

/** How a simulated stream is configured. */
export interface SimulatedStreamOptions {
  /** Whose events the handler gets. Default: `kinesis`. */
  readonly source?: "kinesis" | "dynamodb" | undefined;
  /** Over how many shards the partition keys are spread. Default: 1. */
  readonly shards?: number | undefined;
}

/** How the event source mapping of a stream and its function are configured. */
export interface StreamMappingOptions {
  /** Most records in one event. Default: 100. */
  readonly batchSize?: number | undefined;
  /**
   * Whether the shard goes on from the lowest sequence number that an answer reports
   * (`ReportBatchItemFailures`). Default: `true`.
   */
  readonly reportBatchItemFailures?: boolean | undefined;
  /** Whether a batch whose invocation failed is split in two. Default: `false`. */
  readonly bisectBatchOnFunctionError?: boolean | undefined;
  /** How often a batch that begins at the same record is tried again. Default: `Infinity`. */
  readonly maximumRetryAttempts?: number | undefined;
  /** How old a record becomes before it is given up. Default: 86,400,000 ms (24 hours). */
  readonly maximumRecordAgeMs?: number | undefined;
  /** Whether what is given up is told to an on-failure destination; if not, it is lost. Default: `false`. */
  readonly onFailureDestination?: boolean | undefined;
  /** The function's timeout, at which an invocation is killed. Default: 3,000 ms. */
  readonly functionTimeoutMs?: number | undefined;
  /** Told of every invocation: its event and its outcome, which is `undefined` when it was killed. Default: none. */
  readonly onInvocation?: OnInvocation | undefined;
}

/** A stream, to be filled by a test and read by a handler. */
export interface SimulatedStream {
  /** By time, of the records of all shards. */
  readonly history: readonly HistoryEntry[];
  /** What the history has come to until now. */
  tally(): Tally;
  /** Puts a record, for DynamoDB the new image of an item, and returns its sequence number. */
  put(content: RecordContent, partitionKey?: string): string;
  /** Tells, from within a handler, that the work of a record is done. */
  done(sequenceNumber: string): void;
  /** Delivers until each shard has been read to its end. */
  drain(handler: InvokableHandler, options?: StreamMappingOptions): Promise<Tally>;
}

interface StreamRecord extends ShardRecord {
  readonly content: RecordContent;
  readonly partitionKey: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const owner = "@middy-hardening/testing";

/**
 * Makes an empty stream.
 *
 * ```ts
 * const stream = simulatedStream({ source: "kinesis" });
 * stream.put({ sku: "A-1", quantity: 1 }, "customer-7");
 * const { lost, repeated, outOfOrder } = await stream.drain(handler, { maximumRetryAttempts: 3 });
 * ```
 *
 * Time passes while a handler runs; the waiting between is skipped.
 *
 * @throws TypeError when an option is unknown or out of range.
 */
export function simulatedStream(options: SimulatedStreamOptions = {}): SimulatedStream {
  const { source = "kinesis", shards: shardCount = 1 } = checkOptions(
    `${owner} simulatedStream`,
    options,
    { source: oneOf("kinesis", "dynamodb"), shards: between(1, 1_000) },
  );
  const form = FORMS[source];
  const shards = Array.from({ length: shardCount }, (_, index) => ({
    index,
    clock: simulatedClock(),
    records: [] as StreamRecord[],
    position: 0,
  }));
  const shardOf = new Map<string, Shard<StreamRecord>>();
  const log = recordLog((id) => shardOf.get(id)?.clock);
  const tally = (): Tally => tallyOf(log.entries, (id) => String(shardOf.get(id)?.index));

  return {
    get history() {
      return log.entries.toSorted((one, other) => one.atMs - other.atMs);
    },
    tally,
    done: log.done,
    put(content, partitionKey = "orders") {
      const shard = shards[hash(partitionKey) % shardCount] as Shard<StreamRecord>;
      const id = form.sequenceNumber(shardOf.size);
      const { clock } = shard;
      shard.records.push({ id, content, partitionKey, atMs: clock.now(), at: clock.epoch() });
      shardOf.set(id, shard);
      log.note("sent", [id]);
      return id;
    },
    async drain(handler, mapping = {}) {
      const {
        batchSize = 100,
        reportBatchItemFailures = true,
        bisectBatchOnFunctionError = false,
        maximumRetryAttempts = Number.POSITIVE_INFINITY,
        maximumRecordAgeMs = 86_400_000,
        onFailureDestination = false,
        functionTimeoutMs = 3_000,
        onInvocation,
      } = checkOptions(`${owner} drain`, mapping, {
        batchSize: between(1, 10_000),
        reportBatchItemFailures: flag,
        bisectBatchOnFunctionError: flag,
        maximumRetryAttempts: limitOf("retries"),
        maximumRecordAgeMs: limitOf("milliseconds"),
        onFailureDestination: flag,
        functionTimeoutMs: between(1, 900_000),
        onInvocation: callback,
      });
      const settings = {
        batchSize,
        bisectBatchOnFunctionError,
        maximumRetryAttempts,
        maximumRecordAgeMs,
        onFailureDestination,
      };
      const invocation = { functionTimeoutMs, reportBatchItemFailures, onInvocation };
      const idsOf = (batch: readonly StreamRecord[]): string[] => batch.map(({ id }) => id);
      await Promise.all(
        shards.map((shard) =>
          readShard(shard, settings, {
            newRequestId: randomUUID,
            note: (fate, batch, requestId) => log.note(fate, idsOf(batch), requestId),
            deliver: (batch, requestId) => {
              const event = form.event(batch, shard.index);
              return invokeBatch(handler, event, idsOf(batch), requestId, invocation);
            },
          }),
        ),
      );
      return tally();
    },
  };
}

/** A partition key belongs to one shard, as Kinesis spreads them by their MD5 hash. */
const hash = (partitionKey: string): number =>
  createHash("md5").update(partitionKey).digest().readUInt32BE();

const FORMS = {
  kinesis: {
    sequenceNumber: kinesisSequenceNumber,
    event: (batch: readonly StreamRecord[], shard: number): object =>
      kinesisEvent(
        batch.map(({ id, content, partitionKey, at }) => ({
          data: content,
          partitionKey,
          sequenceNumber: id,
          arrivedAt: at,
        })),
        shard,
      ),
  },
  dynamodb: {
    sequenceNumber: dynamodbSequenceNumber,
    event: (batch: readonly StreamRecord[]): object =>
      dynamodbEvent(
        batch.map(({ id, content, partitionKey, at }) => ({
          keys: { id: partitionKey },
          newImage: typeof content === "string" ? { content } : { ...content },
          sequenceNumber: id,
          changedAt: at,
        })),
      ),
  },
} as const;
