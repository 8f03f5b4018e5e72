/**
 * The messages of a simulated queue: which are visible, in flight, moved aside.
 *
 * @module
 * @see "Amazon SQS visibility timeout", "Using dead-letter queues in Amazon SQS" and "FIFO queue
 *   delivery logic" in the AWS documentation.
 */
import type { BatchOutcome } from "./batch-invocation.ts";
import type { RecordLog } from "./record-log.ts";
import type { SimulatedClock } from "./simulated-clock.ts";

/** A message in the dead-letter queue. */
export interface DeadLetter {
  readonly id: string;
  readonly body: string;
}

/** A message of a queue. */
export interface Message extends DeadLetter {
  readonly groupId: string | undefined;
  readonly sequenceNumber: string;
  readonly sentAtMs: number;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  visibleAtMs: number;
  receiveCount: number;
}

/** What a queue makes of its messages. */
export interface StoreSettings {
  readonly isFifo: boolean;
  readonly visibilityTimeoutMs: number;
  readonly maxReceiveCount: number;
  readonly retentionMs: number;
}

/** The messages of a queue that are neither deleted nor moved aside. */
export interface MessageStore {
  readonly size: number;
  readonly deadLetters: readonly DeadLetter[];
  add(message: Message): void;
  /** Takes the next batch into flight; when it is empty, a message comes out of hiding at `nextAtMs`. */
  receive(batchSize: number): { readonly batch: readonly Message[]; readonly nextAtMs: number };
  /** Deletes what a batch's invocation acknowledged; the rest stays in flight until it is visible again. */
  settle(batch: readonly Message[], outcome: BatchOutcome, requestId: string): void;
}

export function messageStore(
  { isFifo, visibilityTimeoutMs, maxReceiveCount, retentionMs }: StoreSettings,
  clock: SimulatedClock,
  log: RecordLog,
): MessageStore {
  /** In the order in which they were sent. */
  const messages = new Set<Message>();
  const deadLetters: DeadLetter[] = [];

  /** Takes out what is too old, and what was received too often once it would be received again. */
  const moveAside = (now: number): void => {
    for (const message of messages) {
      const { id, body, visibleAtMs, sentAtMs, receiveCount } = message;
      const isExpired = sentAtMs + retentionMs <= now;
      if (visibleAtMs > now || (!isExpired && receiveCount < maxReceiveCount)) continue;
      messages.delete(message);
      if (!isExpired) deadLetters.push({ id, body });
      log.note(isExpired ? "expired" : "dead-lettered", [id]);
    }
  };

  return {
    deadLetters,
    get size() {
      return messages.size;
    },
    add(message) {
      messages.add(message);
    },
    receive(batchSize) {
      const now = clock.now();
      moveAside(now);
      let nextAtMs = Number.POSITIVE_INFINITY;
      const blocked = new Set<string | undefined>();
      for (const { visibleAtMs, groupId } of messages) {
        if (visibleAtMs <= now) continue;
        nextAtMs = Math.min(nextAtMs, visibleAtMs);
        // Nothing is delivered of a message group of which a message is in flight.
        if (isFifo) blocked.add(groupId);
      }
      const batch = [...messages]
        .filter(({ visibleAtMs, groupId }) => visibleAtMs <= now && !blocked.has(groupId))
        .slice(0, batchSize);
      for (const message of batch) {
        message.receiveCount += 1;
        message.visibleAtMs = now + visibilityTimeoutMs;
      }
      return { batch, nextAtMs };
    },
    settle(batch, outcome, requestId) {
      if (typeof outcome === "string") {
        const ids = batch.map(({ id }) => id);
        return log.note(outcome, ids, requestId);
      }
      for (const message of batch) {
        const isReported = outcome.reported.includes(message.id);
        if (!isReported) messages.delete(message);
        log.note(isReported ? "reported" : "acknowledged", [message.id], requestId);
      }
    },
  };
}
