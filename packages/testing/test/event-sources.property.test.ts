/**
 * What holds for every simulated queue and stream, whatever a handler does and answers.
 */
import { recordsOf } from "@middy-hardening/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type HistoryEntry,
  type InvocationOutcome,
  inVirtualTime,
  simulatedQueue,
  simulatedStream,
} from "../src/index.ts";

vi.setConfig({ testTimeout: 60_000 });
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What an invocation comes to; a number is the place of a record in the batch that it reports. */
const answer = fc.oneof(
  fc.constantFrom("success", "throws", "hangs", "malformed" as const),
  fc.uniqueArray(fc.nat({ max: 9 }), { maxLength: 4 }),
);

const scenario = fc.record({
  groups: fc.array(fc.constantFrom("ada", "bob", "cyd"), { minLength: 1, maxLength: 15 }),
  answers: fc.array(answer, { minLength: 1, maxLength: 12 }),
  batchSize: fc.integer({ min: 1, max: 10 }),
  concurrency: fc.integer({ min: 1, max: 3 }),
  reports: fc.boolean(),
  bisects: fc.boolean(),
  retries: fc.integer({ min: 0, max: 4 }),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never;

/** A handler that answers as the scenario says, over and over, each time after 5 ms. */
function handlerOf({ answers }: Scenario, source: "sqs" | "kinesis", batches: string[][]) {
  let invocations = 0;
  return async (event: object): Promise<unknown> => {
    const ids = recordsOf(event, source).map(({ id }) => id);
    batches.push(ids);
    const answer = answers[invocations++ % answers.length];
    await new Promise((resolve) => setTimeout(resolve, answer === "hangs" ? 1e9 : 5));
    if (answer === "throws") throw new Error("no");
    if (answer === "malformed") return { batchItemFailures: [{ itemIdentifier: "" }] };
    const reported = Array.isArray(answer) ? ids.filter((_id, at) => answer.includes(at)) : [];
    return { batchItemFailures: reported.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

const ENDS = ["acknowledged", "dead-lettered", "discarded", "expired"];

/** Each record has one end, and nothing happens to it after that. */
function expectOneEnd(ids: readonly string[], history: readonly HistoryEntry[]): void {
  for (const id of ids) {
    const fates = history.filter((entry) => entry.id === id).map(({ fate }) => fate);
    expect(fates[0]).toBe("sent");
    expect(fates.findIndex((fate) => ENDS.includes(fate))).toBe(fates.length - 1);
  }
}

const runs = { seed: 20_261_123, numRuns: 200 };

describe("a simulated queue", () => {
  it("gives each message one end, and no more deliveries than its redrive policy has", () =>
    fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const queue = simulatedQueue({ maxReceiveCount: 4 });
        const ids = given.groups.map((group) => queue.send(group));
        const batches: string[][] = [];
        const draining = queue.drain(handlerOf(given, "sqs", batches), {
          batchSize: given.batchSize,
          maximumConcurrency: given.concurrency,
          reportBatchItemFailures: given.reports,
        });
        const { deliveries, deadLettered } = await inVirtualTime(vi, draining);
        expectOneEnd(ids, queue.history);
        expect(deliveries).toBe(batches.flat().length);
        for (const id of ids) {
          const count = batches.flat().filter((delivered) => delivered === id).length;
          expect(count).toBeGreaterThan(0);
          expect(count).toBeLessThanOrEqual(4);
          if (deadLettered.includes(id)) expect(count).toBe(4);
        }
        expect(queue.deadLetters.map(({ id }) => id).toSorted()).toEqual(deadLettered.toSorted());
        for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(given.batchSize);
      }),
      runs,
    ));

  it("never delivers two batches with messages of one group at a time, nor against their order", () =>
    fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const queue = simulatedQueue({ name: "orders.fifo", maxReceiveCount: 4 });
        const groups = new Map(given.groups.map((group) => [queue.send(group, group), group]));
        const ids = [...groups.keys()];
        const draining = queue.drain(handlerOf(given, "sqs", []), {
          batchSize: given.batchSize,
          maximumConcurrency: given.concurrency,
          reportBatchItemFailures: given.reports,
        });
        await inVirtualTime(vi, draining);
        expectOneEnd(ids, queue.history);
        /** The messages that are in flight, with the time at which each is visible again. */
        const inFlight = new Map<string, { readonly until: number; readonly requestId: unknown }>();
        for (const { id, fate, atMs, requestId } of queue.history) {
          if (ENDS.includes(fate)) inFlight.delete(id);
          if (fate !== "delivered") continue;
          for (const [other, { until, requestId: otherRequest }] of inFlight) {
            if (groups.get(other) !== groups.get(id) || until <= atMs) continue;
            expect(otherRequest).toBe(requestId);
            expect(ids.indexOf(other)).toBeLessThan(ids.indexOf(id));
          }
          inFlight.set(id, { until: atMs + 30_000, requestId });
        }
      }),
      runs,
    ));
});

describe("a simulated stream", () => {
  it("delivers each shard in order, and nothing behind a record that has no end yet", () =>
    fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const stream = simulatedStream();
        const ids = given.groups.map((group) => stream.put(group));
        const batches: string[][] = [];
        const outcomes: (InvocationOutcome | undefined)[] = [];
        const draining = stream.drain(handlerOf(given, "kinesis", batches), {
          batchSize: given.batchSize,
          reportBatchItemFailures: given.reports,
          bisectBatchOnFunctionError: given.bisects,
          maximumRetryAttempts: given.retries,
          onInvocation: (_event, outcome) => outcomes.push(outcome),
        });
        await inVirtualTime(vi, draining);
        expectOneEnd(ids, stream.history);
        for (const batch of batches) {
          const first = ids.indexOf(batch[0] ?? "");
          expect(batch).toEqual(ids.slice(first, first + batch.length));
        }
        const open = new Set(ids);
        for (const { id, fate, requestId } of stream.history) {
          if (ENDS.includes(fate)) open.delete(id);
          if (fate !== "delivered") continue;
          const before = [...open].filter((other) => ids.indexOf(other) < ids.indexOf(id));
          const together = stream.history.filter(
            (entry) => entry.requestId === requestId && entry.fate === "delivered",
          );
          expect(together.map((entry) => entry.id)).toEqual(expect.arrayContaining(before));
        }
        expect(outcomes).toHaveLength(batches.length);
      }),
      runs,
    ));
});
