/**
 * Whatever a queue or stream brings and however its work fails, `harden()` with `forEachRecord` loses
 * nothing, and repeats nothing that was done. On simulated sources, in virtual time.
 */
import middy from "@middy/core";
import {
  captureOutput,
  type InvokableHandler,
  inVirtualTime,
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

const SEED = Number(process.env.NO_LOSS_SEED ?? 20_261_123);
const RUNS = Number(process.env.NO_LOSS_RUNS ?? 150);

vi.setConfig({ testTimeout: 60_000 });
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** How the work on a record goes. */
type Fault =
  /** Takes its time, and heeds the signal or does not. */
  | { readonly kind: "works"; readonly ms: number; readonly heeds: boolean }
  /** Fails this often before it works. */
  | {
      readonly kind: "throws";
      readonly times: number;
      readonly ms: number;
      readonly thrown: unknown;
    }
  /** Never ends, this often, before it works. */
  | { readonly kind: "hangs"; readonly times: number; readonly heeds: boolean }
  /** Never even gets to the handler. */
  | { readonly kind: "poison"; readonly text: string };

const times = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constant(Number.POSITIVE_INFINITY));

const fault: fc.Arbitrary<Fault> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("works" as const),
      ms: fc.integer({ min: 0, max: 400 }),
      heeds: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("throws" as const),
      times,
      ms: fc.integer({ min: 0, max: 200 }),
      thrown: fc.constantFrom(new Error("no"), undefined, null, "no", Object.freeze({})),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("hangs" as const), times, heeds: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("poison" as const),
      text: fc.constantFrom("{", "null", '{"number":-1}', '{"number":1,"isAdmin":true}', ""),
    }),
  },
);

const plan = fc.record({
  records: fc.array(fc.record({ fault, group: fc.constantFrom("ada", "bob", "cyd") }), {
    minLength: 1,
    maxLength: 14,
  }),
  batchSize: fc.integer({ min: 1, max: 10 }),
  parallel: fc.integer({ min: 1, max: 4 }),
  functionTimeoutMs: fc.integer({ min: 400, max: 2_000 }),
  reserveMs: fc.integer({ min: 50, max: 300 }),
  concurrency: fc.integer({ min: 1, max: 3 }),
  bisects: fc.boolean(),
  /** How many invocations never get to the handler: a `before` of the team's own hangs. */
  hangingInvocations: fc.integer({ min: 0, max: 2 }),
});

type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

const Changed = z.object({ NewImage: z.object({ number: z.int().check(z.minimum(0)) }) });

const Numbered = z.strictObject({ number: z.int().check(z.minimum(0)) });

/** A middleware of the team's own that waits for what does not come. */
function hanging({ hangingInvocations }: Plan) {
  let invocations = 0;
  return {
    before: (): Promise<void> | undefined =>
      invocations++ < hangingInvocations ? new Promise<void>(() => {}) : undefined,
  };
}

/** The work of a plan's records, which tells the source what is done. */
function workOf({ records }: Plan, done: (id: string) => void) {
  const attempts = new Map<number, number>();
  return async (number: number, id: string, signal: AbortSignal): Promise<void> => {
    const attempt = (attempts.get(number) ?? 0) + 1;
    attempts.set(number, attempt);
    const fault = records[number]?.fault;
    if (fault?.kind === "throws") {
      await waitFor(fault.ms, signal);
      if (attempt <= fault.times) throw fault.thrown;
    } else if (fault?.kind === "hangs" && attempt <= fault.times) {
      await waitFor(Number.POSITIVE_INFINITY, fault.heeds ? signal : undefined);
    } else if (fault?.kind === "works") {
      await waitFor(fault.ms, fault.heeds ? signal : undefined);
    }
    done(id);
  };
}

function waitFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (Number.isFinite(ms)) setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}

const bodyOf = ({ fault }: Plan["records"][number], number: number): string | { number: number } =>
  fault.kind === "poison" ? fault.text : { number };

function queueWorker(given: Plan, queue: SimulatedQueue) {
  const work = workOf(given, queue.done);
  const deadline = timeoutGuard({ reserveMs: given.reserveMs });
  return middy(deadline.plugin)
    .use(harden({ eventSource: "sqs", record: Numbered, timeoutGuard: deadline }))
    .use(hanging(given))
    .handler((event, context) =>
      forEachRecord(
        event,
        context,
        ({ body, messageId }, { signal }) => work(body.number, messageId, signal),
        { parallel: given.parallel },
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
      forEachRecord(
        event,
        context,
        ({ kinesis: { data, sequenceNumber } }, { signal }) =>
          work(data.number, sequenceNumber, signal),
        { parallel: given.parallel },
      ),
    );
}

const harmless = {
  lost: [],
  acknowledgedUndone: [],
  repeated: [],
  deadLetteredDone: [],
  timeouts: 0,
};

/** Each record was done, or moved aside for somebody to look at. */
function expectNoLoss(ids: readonly string[], tally: Tally): void {
  expect(tally).toMatchObject(harmless);
  expect(new Set([...tally.done, ...tally.deadLettered])).toEqual(new Set(ids));
}

const check = async (property: (given: Plan) => Promise<void>): Promise<void> => {
  using _output = captureOutput();
  await fc.assert(fc.asyncProperty(plan, property), { seed: SEED, numRuns: RUNS });
};

const drainQueue = (given: Plan, queue: SimulatedQueue, handler: InvokableHandler) => {
  const { batchSize, functionTimeoutMs, concurrency } = given;
  const mapping = { batchSize, functionTimeoutMs, maximumConcurrency: concurrency };
  return inVirtualTime(vi, queue.drain(handler, mapping));
};

function tableWorker(given: Plan, stream: SimulatedStream) {
  const work = workOf(given, stream.done);
  const deadline = timeoutGuard({ reserveMs: given.reserveMs });
  return middy(deadline.plugin)
    .use(harden({ eventSource: "dynamodb", record: Changed, timeoutGuard: deadline }))
    .use(hanging(given))
    .handler((event, context) =>
      forEachRecord(
        event,
        context,
        ({ dynamodb: { NewImage, SequenceNumber } }, { signal }) =>
          work(NewImage.number, SequenceNumber ?? "", signal),
        { parallel: given.parallel },
      ),
    );
}

describe(`a hardened worker, whatever happens (seed ${SEED}),`, () => {
  it("loses and repeats no message of a queue", () =>
    check(async (given) => {
      const queue = simulatedQueue({ maxReceiveCount: 8 });
      const ids = given.records.map((record, number) => queue.send(bodyOf(record, number)));
      expectNoLoss(ids, await drainQueue(given, queue, queueWorker(given, queue)));
    }));

  it("loses, repeats and overtakes no message of a FIFO queue", () =>
    check(async (given) => {
      const queue = simulatedQueue({ name: "orders.fifo", maxReceiveCount: 8 });
      const ids = given.records.map((record, number) =>
        queue.send(bodyOf(record, number), record.group),
      );
      const tally = await drainQueue(given, queue, queueWorker(given, queue));
      expectNoLoss(ids, tally);
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
      expect(tally.outOfOrder).toEqual([]);
    }),
  );
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
      const ids = given.records.map((record, number) => queue.send(bodyOf(record, number)));
      expectNoLoss(ids, await drainQueue(given, queue, plainLoop(given, queue)));
    });
    const { failed } = await fc.check(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
    expect(failed).toBe(true);
  });
});
