/**
 * Whatever a queue or stream brings and however its work fails, `harden()` with `forEachRecord` loses
 * nothing, and repeats nothing that was done. On simulated sources, in virtual time.
 */
import middy from "@middy/core";
import {
  captureOutput,
  captureSecurityEvents,
  type InvokableHandler,
  inVirtualTime,
  type QueueMappingOptions,
  type SimulatedQueue,
  type SimulatedStream,
  simulatedQueue,
  simulatedStream,
  type Tally,
} from "@middy-hardening/testing";
import { forEachRecord, timeoutGuard } from "@middy-hardening/timeout-guard";
import type { SQSEvent } from "aws-lambda";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { harden } from "../src/index.ts";
import { bodyOf, flush, hanging, type Plan, plan, workOf } from "./faulty-work.ts";

const SEED = Number(process.env.NO_LOSS_SEED ?? 20_261_123);
const RUNS = Number(process.env.NO_LOSS_RUNS ?? 100);

vi.setConfig({ testTimeout: 60_000 });
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const Numbered = z.strictObject({ number: z.int().check(z.minimum(0)) });
const Changed = z.object({ NewImage: z.object({ number: z.int().check(z.minimum(0)) }) });

/** What a worker does with a record that is not valid, and with work that fails. */
type Disposition = "report" | "drop" | "fail";

function queueWorker(given: Plan, queue: SimulatedQueue, disposition: Disposition = "report") {
  const work = workOf(given, queue.done);
  const deadline = timeoutGuard({ reserveMs: given.reserveMs });
  const onInvalidRecord = disposition;
  const onFailure = disposition === "fail" ? "fail" : "report";
  return middy(deadline.plugin)
    .use(harden({ eventSource: "sqs", record: Numbered, onInvalidRecord, timeoutGuard: deadline }))
    .use(hanging(given))
    .handler((event, context) =>
      flush(
        given,
        forEachRecord(
          event,
          context,
          ({ body, messageId }, { signal }) => work(body.number, messageId, signal),
          { parallel: given.parallel, onFailure },
        ),
      ),
    );
}

function streamWorker(given: Plan, stream: SimulatedStream) {
  const work = workOf(given, stream.done);
  const deadline = timeoutGuard({ reserveMs: given.reserveMs });
  return middy(deadline.plugin)
    .use(harden({ eventSource: "kinesis", record: Numbered, timeoutGuard: deadline }))
    .use(hanging(given))
    .handler((event, context) =>
      flush(
        given,
        forEachRecord(
          event,
          context,
          ({ kinesis: { data, sequenceNumber } }, { signal }) =>
            work(data.number, sequenceNumber, signal),
          { parallel: given.parallel },
        ),
      ),
    );
}

function tableWorker(given: Plan, stream: SimulatedStream) {
  const work = workOf(given, stream.done);
  const deadline = timeoutGuard({ reserveMs: given.reserveMs });
  return middy(deadline.plugin)
    .use(harden({ eventSource: "dynamodb", record: Changed, timeoutGuard: deadline }))
    .use(hanging(given))
    .handler((event, context) =>
      flush(
        given,
        forEachRecord(
          event,
          context,
          ({ dynamodb: { NewImage, SequenceNumber } }, { signal }) =>
            work(NewImage.number, SequenceNumber ?? "", signal),
          { parallel: given.parallel },
        ),
      ),
    );
}

/**
 * Work that does not heed its signal may be done while the handler is still busy with other things, after
 * it was reported: only that may be done again.
 */
function heedless({ records, flushMs }: Plan, ids: readonly string[]): ReadonlySet<string> {
  const isHeedless = ({ fault }: Plan["records"][number]): boolean =>
    flushMs > 0 && fault.kind === "works" && !fault.heeds;
  return new Set(
    records.flatMap((record, number) => (isHeedless(record) ? (ids[number] ?? []) : [])),
  );
}

function expectNoRepetition(given: Plan, ids: readonly string[], tally: Tally): void {
  const excused = heedless(given, ids);
  const unexcused = (found: readonly string[]) => found.filter((id) => !excused.has(id));
  expect(unexcused(tally.repeated)).toEqual([]);
  expect(unexcused(tally.deadLetteredDone)).toEqual([]);
  expect(tally.timeouts).toBe(0);
}

/** Each record was done, or moved aside for somebody to look at. */
function expectNoLoss(ids: readonly string[], tally: Tally): void {
  expect(tally).toMatchObject({ lost: [], acknowledgedUndone: [] });
  expect(new Set([...tally.done, ...tally.deadLettered])).toEqual(new Set(ids));
}

const check = async (property: (given: Plan) => Promise<void>): Promise<void> => {
  using _output = captureOutput();
  await fc.assert(fc.asyncProperty(plan, property), { seed: SEED, numRuns: RUNS });
};

const sendAll = ({ records }: Plan, queue: SimulatedQueue): string[] =>
  records.map((record, number) => queue.send(bodyOf(record, number), record.group));

const drainQueue = (
  given: Plan,
  queue: SimulatedQueue,
  handler: InvokableHandler,
  mapping: QueueMappingOptions = {},
): Promise<Tally> => {
  const { batchSize, functionTimeoutMs, concurrency: maximumConcurrency } = given;
  const settings = { batchSize, functionTimeoutMs, maximumConcurrency, ...mapping };
  return inVirtualTime(vi, queue.drain(handler, settings));
};

describe(`a hardened worker, whatever happens (seed ${SEED}),`, () => {
  it("loses and repeats no message of a queue", () =>
    check(async (given) => {
      const queue = simulatedQueue({ maxReceiveCount: 8 });
      const ids = sendAll(given, queue);
      const tally = await drainQueue(given, queue, queueWorker(given, queue));
      expectNoLoss(ids, tally);
      expectNoRepetition(given, ids, tally);
    }));

  it("loses, repeats and overtakes no message of a FIFO queue", () =>
    check(async (given) => {
      const queue = simulatedQueue({ name: "orders.fifo", maxReceiveCount: 8 });
      const ids = sendAll(given, queue);
      const tally = await drainQueue(given, queue, queueWorker(given, queue));
      expectNoLoss(ids, tally);
      expectNoRepetition(given, ids, tally);
      expect(tally.outOfOrder).toEqual([]);
    }));

  it.each([
    ["a Kinesis stream", "kinesis", streamWorker],
    ["a DynamoDB stream", "dynamodb", tableWorker],
  ] as const)("loses, repeats and overtakes no record of %s", (_title, source, create) =>
    check(async (given) => {
      const stream = simulatedStream({ source, shards: 2 });
      const ids = given.records.map((record, number) =>
        stream.put(bodyOf(record, number), record.group),
      );
      const { batchSize, functionTimeoutMs, bisects } = given;
      const mapping = {
        batchSize,
        functionTimeoutMs,
        bisectBatchOnFunctionError: bisects,
        maximumRetryAttempts: 8,
        onFailureDestination: true,
      };
      const tally = await inVirtualTime(vi, stream.drain(create(given, stream), mapping));
      expectNoLoss(ids, tally);
      expectNoRepetition(given, ids, tally);
      expect(tally.outOfOrder).toEqual([]);
    }),
  );

  it("does all that can be done, whatever else is in its batches", () =>
    check(async (given) => {
      const queue = simulatedQueue({ maxReceiveCount: 8 });
      const ids = sendAll(given, queue);
      const worker = queueWorker({ ...given, parallel: given.records.length }, queue);
      // Longer than any work.
      const tally = await drainQueue(given, queue, worker, { functionTimeoutMs: 2_000 });
      const possible = ids.filter((_id, number) => {
        const fault = given.records[number]?.fault;
        return (
          fault?.kind === "works" || (fault?.kind !== "poison" && Number.isFinite(fault?.times))
        );
      });
      expect(new Set(tally.done)).toEqual(new Set(possible));
    }));

  it("drops what is not valid, if told so, and nothing else, and logs each by its id", () =>
    check(async (given) => {
      using security = captureSecurityEvents();
      const queue = simulatedQueue({ maxReceiveCount: 8 });
      const ids = sendAll(given, queue);
      const poison = ids.filter((_id, number) => given.records[number]?.fault.kind === "poison");
      const tally = await drainQueue(given, queue, queueWorker(given, queue, "drop"));
      const dropped = tally.lost;
      expect(tally.acknowledgedUndone).toEqual(dropped);
      expectNoRepetition(given, ids, tally);
      // A poison message may have been moved aside before, with a batch whose invocations hung.
      expect(new Set([...poison, ...tally.deadLettered])).toEqual(
        new Set([...dropped, ...tally.deadLettered]),
      );
      for (const id of dropped) {
        expect(security.events).toContainEqual(
          expect.objectContaining({ outcome: "blocked", params: expect.arrayContaining([id]) }),
        );
      }
    }));

  it("loses nothing without partial batch responses either, if told to fail", () =>
    check(async (given) => {
      const queue = simulatedQueue({ maxReceiveCount: 8 });
      const ids = sendAll(given, queue);
      const worker = queueWorker(given, queue, "fail");
      const tally = await drainQueue(given, queue, worker, { reportBatchItemFailures: false });
      expectNoLoss(ids, tally);
      expect(tally.timeouts).toBe(0);
    }));

  it("gives up nothing of a stream but what is not valid, if told to fail batches that are split", async () => {
    using _output = captureOutput();
    const property = fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 25 }),
      fc.integer({ min: 1, max: 10 }),
      async (validities, batchSize) => {
        const stream = simulatedStream();
        const ids = validities.map((isValid, number) => stream.put(isValid ? { number } : "{"));
        const handler = middy()
          .use(harden({ eventSource: "kinesis", record: Numbered, onInvalidRecord: "fail" }))
          .handler((event, context) =>
            forEachRecord(event, context, ({ kinesis }) => stream.done(kinesis.sequenceNumber)),
          );
        const draining = stream.drain(handler, {
          batchSize,
          bisectBatchOnFunctionError: true,
          maximumRetryAttempts: 2,
          onFailureDestination: true,
        });
        const tally = await inVirtualTime(vi, draining);
        expect(tally).toMatchObject({ lost: [], repeated: [], outOfOrder: [] });
        expect(tally.deadLettered).toEqual(ids.filter((_id, number) => !validities[number]));
        expect(tally.done).toEqual(ids.filter((_id, number) => validities[number]));
      },
    );
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
  });
});

describe("the same checks", () => {
  it.each([
    ["swallows errors", true],
    ["lets the first error fail the batch", false],
  ])("find what a plain loop that %s does to a queue", async (_title, swallows) => {
    using _output = captureOutput();
    const plainLoop = (given: Plan, queue: SimulatedQueue) => {
      const work = workOf(given, queue.done);
      return async ({ Records }: SQSEvent) => {
        for (const { body, messageId } of Records) {
          try {
            await work(JSON.parse(body).number, messageId, new AbortController().signal);
          } catch (error) {
            if (!swallows) throw error;
          }
        }
      };
    };
    const property = fc.asyncProperty(plan, async (given) => {
      const queue = simulatedQueue({ maxReceiveCount: 8 });
      const ids = sendAll(given, queue);
      const tally = await drainQueue(given, queue, plainLoop(given, queue));
      expectNoLoss(ids, tally);
      expectNoRepetition(given, ids, tally);
    });
    const { failed } = await fc.check(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
    expect(failed).toBe(true);
  });
});
