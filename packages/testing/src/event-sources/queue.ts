/**
 * A queue that drives a handler as SQS and Lambda's event source mapping do: visibility timeout,
 * redelivery, dead-letter queue, message groups, partial batch responses.
 *
 * @module
 * @see "Using Lambda with Amazon SQS" in the AWS documentation.
 */
import { randomUUID } from "node:crypto";
import { callback, checkOptions, flag, limitOf, text } from "@middy-hardening/core";
import type { InvokableHandler } from "../invoke.ts";
import { invokeBatch, type OnInvocation } from "./batch-invocation.ts";
import { type HistoryEntry, type Tally, tallyOf } from "./history.ts";
import { type DeadLetter, type Message, messageStore } from "./message-store.ts";
import { between } from "./option-rules.ts";
import {
  fifoSequenceNumber,
  type RecordContent,
  type SqsMessage,
  sqsEvent,
} from "./record-events.ts";
import { recordLog } from "./record-log.ts";
import { simulatedClock } from "./simulated-clock.ts";

/** How a simulated queue is configured. */
export interface SimulatedQueueOptions {
  /**
   * A name that ends in `.fifo` makes it a FIFO queue: no message of a group while one is in flight. Default:
   * `orders`.
   */
  readonly name?: string | undefined;
  /** How long a message that was delivered stays hidden. Default: 30,000 ms. */
  readonly visibilityTimeoutMs?: number | undefined;
  /** How often a message is delivered before it is moved to the dead-letter queue. Default: none, no dead-letter queue. */
  readonly maxReceiveCount?: number | undefined;
  /** How long a message is kept. Default: 345,600,000 ms (4 days). */
  readonly retentionMs?: number | undefined;
}

/** How the event source mapping of a queue and its function are configured. */
export interface QueueMappingOptions {
  /** Most messages in one event; of a FIFO queue, at most 10. Default: 10. */
  readonly batchSize?: number | undefined;
  /** Most invocations at a time. Default: 1. */
  readonly maximumConcurrency?: number | undefined;
  /**
   * Whether partial batch responses are read (`ReportBatchItemFailures`); if not, every answer deletes the
   * batch. Default: `true`.
   */
  readonly reportBatchItemFailures?: boolean | undefined;
  /**
   * The function's timeout, at which an invocation is killed; as in Lambda, at most the visibility timeout.
   * Default: 3,000 ms.
   */
  readonly functionTimeoutMs?: number | undefined;
  /** Told of every invocation: its event and its outcome, which is `undefined` when it was killed. Default: none. */
  readonly onInvocation?: OnInvocation | undefined;
}

/** A queue, to be filled by a test and emptied by a handler. */
export interface SimulatedQueue {
  /** Sends a message, to a message group if one is given, and returns its message id. */
  send(body: RecordContent, groupId?: string): string;
  /** Tells, from within a handler, that the work of a message is done. */
  done(id: string): void;
  /** Delivers until nothing is left: each message deleted, dead-lettered or expired. */
  drain(handler: InvokableHandler, options?: QueueMappingOptions): Promise<Tally>;
  readonly history: readonly HistoryEntry[];
  readonly deadLetters: readonly DeadLetter[];
  /** What the history has come to until now. */
  tally(): Tally;
}

const owner = "@middy-hardening/testing";

/**
 * Makes an empty queue.
 *
 * ```ts
 * const queue = simulatedQueue({ maxReceiveCount: 3 });
 * const id = queue.send({ sku: "A-1", quantity: 1 });
 * const handler = createWorker({ place: async (order, messageId) => queue.done(messageId) });
 * const { lost, repeated } = await queue.drain(handler, { batchSize: 10 });
 * ```
 *
 * Time passes while a handler runs; the waiting between is skipped.
 *
 * @throws TypeError when an option is unknown or out of range.
 */
export function simulatedQueue(options: SimulatedQueueOptions = {}): SimulatedQueue {
  const {
    name = "orders",
    visibilityTimeoutMs = 30_000,
    maxReceiveCount = Number.POSITIVE_INFINITY,
    retentionMs = 345_600_000,
  } = checkOptions(`${owner} simulatedQueue`, options, {
    name: text,
    visibilityTimeoutMs: between(1, 43_200_000),
    maxReceiveCount: between(1, 1_000),
    retentionMs: limitOf("milliseconds"),
  });
  const isFifo = name.endsWith(".fifo");
  const clock = simulatedClock();
  const groups = new Map<string, string | undefined>();
  const log = recordLog((id) => (groups.has(id) ? clock : undefined));
  const store = messageStore(
    { isFifo, visibilityTimeoutMs, maxReceiveCount, retentionMs },
    clock,
    log,
  );
  const tally = (): Tally => tallyOf(log.entries, (id) => (isFifo ? groups.get(id) : undefined));

  return {
    history: log.entries,
    deadLetters: store.deadLetters,
    tally,
    done: log.done,
    send(body, groupId) {
      const id = randomUUID();
      const group = groupId ?? (isFifo ? "default" : undefined);
      groups.set(id, group);
      log.note("sent", [id]);
      store.add({
        id,
        body: typeof body === "string" ? body : JSON.stringify(body),
        groupId: group,
        sequenceNumber: fifoSequenceNumber(groups.size - 1),
        sentAtMs: clock.now(),
        sentAt: clock.epoch(),
        visibleAtMs: 0,
        receiveCount: 0,
      });
      return id;
    },
    async drain(handler, mapping = {}) {
      const { functionTimeoutMs = 3_000 } = mapping;
      const {
        batchSize = 10,
        maximumConcurrency = 1,
        reportBatchItemFailures = true,
        onInvocation,
      } = checkOptions(
        `${owner} drain`,
        { ...mapping, functionTimeoutMs },
        {
          batchSize: between(1, isFifo ? 10 : 10_000),
          maximumConcurrency: between(1, 1_000),
          reportBatchItemFailures: flag,
          // Lambda refuses more: a message would be visible again while it is being processed.
          functionTimeoutMs: between(1, visibilityTimeoutMs, "the visibility timeout"),
          onInvocation: callback,
        },
      );
      const settings = { functionTimeoutMs, reportBatchItemFailures, onInvocation };
      const underWay = new Set<Promise<void>>();

      const deliver = async (batch: readonly Message[]): Promise<void> => {
        const requestId = randomUUID();
        const ids = batch.map(({ id }) => id);
        log.note("delivered", ids, requestId);
        const event = sqsEvent(batch.map(asSent), name);
        const outcome = await invokeBatch(handler, event, ids, requestId, settings);
        store.settle(batch, outcome, requestId);
      };

      while (store.size > 0) {
        const isFull = underWay.size === maximumConcurrency;
        const { batch, nextAtMs } = store.receive(isFull ? 0 : batchSize);
        if (batch.length > 0) {
          const delivery = deliver(batch).finally(() => underWay.delete(delivery));
          underWay.add(delivery);
        } else if (underWay.size > 0) await Promise.race(underWay);
        else if (store.size > 0) clock.skipTo(nextAtMs);
      }
      return tally();
    },
  };
}

const asSent = ({ id, groupId, ...message }: Message): SqsMessage => ({
  ...message,
  messageId: id,
  ...(groupId === undefined ? {} : { messageGroupId: groupId }),
});
