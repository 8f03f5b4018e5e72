import middy from "@middy/core";
import { PublicError } from "@middy-hardening/core";
import { captureSecurityEvents, invoke, lambdaContext } from "@middy-hardening/testing";
import {
  type ForEachRecordOptions,
  forEachRecord,
  timeoutGuard,
} from "@middy-hardening/timeout-guard";
import type { Context, SQSEvent, SQSRecord } from "aws-lambda";
import { describe, expect, it, vi } from "vitest";
import {
  dynamodbEvent,
  fifoEvent,
  kafkaEvent,
  kinesisEvent,
  oneRecordEvents,
  sqsEvent,
} from "./batches.ts";
import { answers, hang, invokeFor, useFakeTime } from "./support.ts";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Item = Pick<SQSRecord, "messageId" | "body">;

/** A handler whose work on a record is told by its body. */
const handlerOf =
  (
    work: (record: Item, signal: AbortSignal) => unknown,
    options?: ForEachRecordOptions<SQSRecord>,
  ) =>
  (event: SQSEvent, context: Context) =>
    forEachRecord(event, context, (record, { signal }) => work(record, signal), options);

const failures = (...ids: readonly unknown[]): object => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe("forEachRecord", () => {
  it("does each record of a batch and reports none", async () => {
    const done: string[] = [];
    const handler = handlerOf(({ body }) => done.push(body));
    expect((await invoke(handler, sqsEvent("a", "b", "c"))).result).toEqual(failures());
    expect(done).toEqual(["a", "b", "c"]);
  });

  it("reports a record that fails, and no other", async () => {
    using captured = captureSecurityEvents();
    const told: unknown[] = [];
    const handler = handlerOf(
      ({ body }) => {
        if (body === "poison") throw new RangeError(`cannot read ${body}`);
        if (body === "gone") return Promise.reject(new PublicError(404, { code: "order_gone" }));
        return undefined;
      },
      { onRecordError: (error, { messageId }) => told.push([(error as Error).name, messageId]) },
    );
    const { result } = await invoke(handler, sqsEvent("a", "poison", "gone", "b"));
    expect(result).toEqual(failures("m1", "m2"));
    expect(told).toEqual([
      ["RangeError", "m1"],
      ["PublicError", "m2"],
    ]);
    expect(captured.events).toMatchObject([
      { name: "sys_crash", outcome: "detected", params: ["record", "m1", "RangeError"] },
      { name: "sys_crash", outcome: "detected", params: ["record", "m2", "order_gone"] },
    ]);
    expect(JSON.stringify(captured.events)).not.toContain("cannot read");
  });

  it("reports all records when all fail, whatever they throw and whatever is told of it", async () => {
    using captured = captureSecurityEvents();
    const hostile = new Proxy(new Error("x"), {
      get() {
        throw new Error("trap");
      },
    });
    const thrown: Record<string, unknown> = { a: undefined, b: hostile, c: { name: "a b" } };
    const handler = handlerOf(
      ({ body }) => {
        throw thrown[body];
      },
      {
        onRecordError(_error, { body }) {
          if (body === "a") throw new Error("telling failed");
          return Promise.reject(new Error("telling failed later"));
        },
      },
    );
    const { result } = await invoke(handler, sqsEvent("a", "b", "c"));
    expect(result).toEqual(failures("m0", "m1", "m2"));
    expect(captured.events.map(({ params }) => params[2])).toEqual([
      "unknown",
      "unknown",
      "unknown",
    ]);
  });

  it("works on as many records at the same time as it is told, and no more", async () => {
    useFakeTime();
    let running = 0;
    let most = 0;
    const handler = handlerOf(
      async () => {
        most = Math.max(most, ++running);
        await sleep(100);
        running -= 1;
      },
      { parallel: 3 },
    );
    const { result, tookMs } = await invokeFor(handler, sqsEvent(..."abcdefg"));
    expect(result).toEqual(failures());
    expect(most).toBe(3);
    expect(tookMs).toBe(300);
  });

  it("begins no record that the time does not allow, by how long those before it took", async () => {
    useFakeTime();
    const begun: string[] = [];
    const handler = handlerOf(async ({ body }) => {
      begun.push(body);
      await sleep(1_000);
    });
    const { result, events, tookMs } = await invokeFor(handler, sqsEvent(..."abcd"));
    expect(begun).toEqual(["a", "b"]);
    expect(result).toEqual(failures("m2", "m3"));
    expect(events).toEqual(["deadline_exceeded detected records 2"]);
    expect(tookMs).toBe(2_000);
  });

  it("goes by the longest of the last records, not by one long ago", async () => {
    useFakeTime();
    const bodies = ["slow", ...Array.from({ length: 40 }, () => "fast")];
    const handler = handlerOf(({ body }) => sleep(body === "slow" ? 1_200 : 40));
    const { result } = await invokeFor(handler, sqsEvent(...bodies));
    // 2,500 ms: the slow one, and 32 fast ones.
    expect(result).toEqual(failures(...bodies.map((_, index) => `m${index}`).slice(33)));
  });

  it("aborts at the reserve, and reports what is not done then", async () => {
    useFakeTime();
    const reasons: unknown[] = [];
    const handler = handlerOf(async ({ body }, signal) => {
      if (body !== "slow") return;
      await new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          reasons.push(signal.reason.name);
          reject(signal.reason);
        });
      });
    });
    const { result, events, tookMs } = await invokeFor(handler, sqsEvent("a", "slow", "b"));
    expect(result).toEqual(failures("m1", "m2"));
    expect(reasons).toEqual(["DeadlineExceeded"]);
    expect(events).toEqual(["deadline_exceeded detected records 2"]);
    expect(tookMs).toBe(2_500);
  });

  it("answers in time when the work on a record never ends, and tells that it goes on", async () => {
    useFakeTime();
    const handler = handlerOf(({ body }) => (body === "endless" ? hang() : undefined), {
      parallel: 2,
    });
    const { result, events, tookMs } = await invokeFor(handler, sqsEvent("a", "endless", "b"));
    expect(result).toEqual(failures("m1"));
    expect(events).toEqual([
      "deadline_exceeded detected records 1",
      "work_outlived_invocation detected promises:1",
    ]);
    expect(tookMs).toBe(2_550);
  });

  it("counts what is done while it comes to an end, and nothing that is done later", async () => {
    useFakeTime();
    const handler = handlerOf(({ body }) => sleep(Number(body)), { parallel: 3 });
    const { result } = await invokeFor(handler, sqsEvent("2520", "2600", "10"));
    expect(result).toEqual(failures("m1"));
  });

  it("keeps work that fails after the answer from ending the process", async () => {
    useFakeTime();
    const told = vi.fn();
    const handler = handlerOf(
      async () => {
        await sleep(4_000);
        throw new Error("late");
      },
      { onRecordError: told },
    );
    expect((await invokeFor(handler, sqsEvent("a"))).result).toEqual(failures("m0"));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(told).not.toHaveBeenCalled();
  });

  it("notices by the clock that its time is up when the work never lets a timer fire", async () => {
    useFakeTime();
    const begun: string[] = [];
    const handler = handlerOf(({ body }) => {
      begun.push(body);
      vi.setSystemTime(Date.now() + 1_000);
      vi.advanceTimersByTime(0);
    });
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 500));
    const { result, events } = await invokeFor(handler, sqsEvent(..."abcdefgh"));
    clock.mockRestore();
    expect(begun.length).toBeLessThan(8);
    expect(result).toEqual(
      failures(...Array.from({ length: 8 }, (_, index) => `m${index}`).slice(begun.length)),
    );
    expect(events).toHaveLength(1);
  });

  it("keeps a part of a short time for its answer", async () => {
    useFakeTime();
    const context = lambdaContext({ timeoutMs: 400 });
    const { result, tookMs } = await invokeFor(handlerOf(hang), sqsEvent("a"), context);
    expect(result).toEqual(failures("m0"));
    expect(tookMs).toBe(220);
  });

  it("does all records where the context tells no time", async () => {
    const bare = { ...lambdaContext(), getRemainingTimeInMillis: undefined } as unknown as Context;
    const handler = handlerOf(() => undefined);
    expect((await invoke(handler, sqsEvent("a", "b"), bare)).result).toEqual(failures());
  });

  it("leaves no timer to a later invocation", async () => {
    useFakeTime();
    await invoke(
      handlerOf(() => undefined),
      sqsEvent("a"),
    );
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("forEachRecord under a guard", () => {
  it("answers with its partial response before the guard answers for it", async () => {
    useFakeTime();
    const deadline = timeoutGuard({ reserveMs: 1_000 });
    const handler = middy(
      handlerOf(({ body }) => (body === "endless" ? hang() : undefined)),
      deadline.plugin,
    )
      .use(answers())
      .use(deadline);
    const { result, events, tookMs } = await invokeFor(handler, sqsEvent("a", "endless", "b"));
    expect(result).toEqual(failures("m1", "m2"));
    expect(events).toEqual([
      "deadline_exceeded detected records 2",
      "work_outlived_invocation detected promises:1",
    ]);
    expect(tookMs).toBe(2_100);
  });

  it("does so with the middleware alone, and by the deadline of another copy of it", async () => {
    useFakeTime();
    const handler = middy(handlerOf(hang)).use(timeoutGuard());
    expect(await invokeFor(handler, sqsEvent("a"))).toMatchObject({
      result: failures("m0"),
      tookMs: 2_550,
    });
    const { signal } = new AbortController();
    const deadline = { signal, remainingMs: () => 1_000 };
    const context = Object.assign(lambdaContext(), { deadline });
    expect(await invokeFor(handlerOf(hang), sqsEvent("a"), context)).toMatchObject({
      result: failures("m0"),
      tookMs: 1_050,
    });
  });

  it("begins nothing when the deadline has passed, and tells it once", async () => {
    useFakeTime();
    const begun = vi.fn();
    const handler = middy(async (event: SQSEvent, context: Context) => {
      await sleep(2_600);
      return forEachRecord(event, context, begun);
    }).use(timeoutGuard());
    const { result, events } = await invokeFor(handler, sqsEvent("a", "b"));
    expect(result).toEqual(failures("m0", "m1"));
    expect(begun).not.toHaveBeenCalled();
    expect(events).toEqual(["deadline_exceeded detected"]);
  });

  it("lets the whole batch be delivered again when the handler goes through it by itself", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const handler = middy(async (event: SQSEvent) => {
      for (const { body } of event.Records) await (body === "endless" ? hang() : undefined);
      return failures();
    }, deadline.plugin);
    const { error } = await invokeFor(handler, sqsEvent("a", "endless"));
    expect(error?.errorType).toBe("DeadlineExceeded");
  });
});

describe("records in order", () => {
  it("begins no later record of a message group once one has failed, and reports them all", async () => {
    const done: string[] = [];
    const handler = handlerOf(
      ({ body }) => {
        if (body === "a2") throw new Error("poison");
        done.push(body);
      },
      { parallel: 4 },
    );
    const event = fifoEvent("a1", "b1", "a2", "b2", "a3");
    expect((await invoke(handler, event)).result).toEqual(failures("m2", "m4"));
    expect(done.toSorted()).toEqual(["a1", "b1", "b2"]);
  });

  it("never works on two records of a message group at the same time", async () => {
    useFakeTime();
    const log: string[] = [];
    const handler = handlerOf(
      async ({ body }) => {
        log.push(body);
        await sleep(10);
        log.push(`/${body}`);
      },
      { parallel: 5 },
    );
    await invokeFor(handler, fifoEvent("a1", "a2", "b1"));
    expect(log).toEqual(["a1", "b1", "/a1", "a2", "/b1", "/a2"]);
  });

  it.each([
    ["Kinesis", kinesisEvent],
    ["a DynamoDB stream", dynamodbEvent],
  ])("goes through a shard of %s one by one, and reports where to begin again", async (_, make) => {
    const done: number[] = [];
    const handler = (event: never, context: Context) =>
      forEachRecord(
        event as { Records: { eventID: string }[] },
        context,
        ({ eventID }) => {
          if (eventID === "2") throw new Error("poison");
          done.push(Number(eventID));
        },
        { parallel: 10 },
      );
    expect((await invoke(handler, make(5))).result).toEqual(failures("102"));
    expect(done).toEqual([0, 1]);
  });

  it("goes through each partition of Kafka by itself, and reports where asked to", async () => {
    const work = ({ value }: { value: string }): void => {
      if (value === "orders-0:1") throw new Error("poison");
    };
    const handler = (event: never, context: Context) =>
      forEachRecord(event as ReturnType<typeof kafkaEvent>, context, work, { onFailure: "report" });
    const at = (partition: string, offset: number): object => ({ partition, offset });
    expect((await invoke(handler, kafkaEvent(3))).result).toEqual(
      failures(at("orders-0", 1), at("orders-0", 2)),
    );
    const whole = (event: never, context: Context) =>
      forEachRecord(event as ReturnType<typeof kafkaEvent>, context, work);
    expect((await invoke(whole, kafkaEvent(3))).error).toMatchObject({
      errorType: "AggregateError",
      errorMessage: "5 of 6 records failed or were not finished.",
    });
  });
});

describe("triggers without a partial response", () => {
  it.each(Object.entries(oneRecordEvents))(
    "fails the invocation of %s with the error of its record",
    async (_, event) => {
      const seen: unknown[] = [];
      const handler = (received: object, context: Context) =>
        forEachRecord(received, context, (record) => {
          seen.push(record);
          throw new TypeError("wrong");
        });
      expect((await invoke(handler, event)).error).toMatchObject({
        errorType: "TypeError",
        errorMessage: "wrong",
      });
      expect(seen).toHaveLength(1);
      const done = (received: object, context: Context) =>
        forEachRecord(received, context, () => undefined);
      expect((await invoke(done, event)).result).toEqual(failures());
    },
  );

  it("fails it cleanly when the time is up", async () => {
    useFakeTime();
    const handler = (event: object, context: Context) => forEachRecord(event, context, hang);
    const { error } = await invokeFor(handler, oneRecordEvents.sns);
    expect(error?.errorType).toBe("DeadlineExceeded");
  });

  it("refuses to report what the trigger would not read", async () => {
    const handler = (event: object, context: Context) =>
      forEachRecord(event, context, hang, { onFailure: "report" });
    expect((await invoke(handler, oneRecordEvents.sns)).error?.errorMessage).toBe(
      '@middy-hardening/timeout-guard: forEachRecord: sns has no partial batch response: use onFailure "fail".',
    );
  });

  it("begins no further record once one has failed, where all will be delivered again", async () => {
    const begun: string[] = [];
    const handler = handlerOf(
      ({ body }) => {
        begun.push(body);
        if (body === "b") throw new Error("poison");
      },
      { onFailure: "fail" },
    );
    const { error } = await invoke(handler, sqsEvent("a", "b", "c"));
    expect(error?.errorMessage).toBe("2 of 3 records failed or were not finished.");
    expect(begun).toEqual(["a", "b"]);
  });
});

describe("events that are no batch", () => {
  const handler = (event: object, context: Context) => forEachRecord(event, context, () => {});

  it("fails the whole batch when a record that failed has no identifier", async () => {
    const event = sqsEvent("a", "b");
    const nameless = { Records: event.Records.map((record) => ({ ...record, messageId: "" })) };
    const failing = handlerOf(({ body }) => {
      if (body === "b") throw new Error("poison");
    });
    expect((await invoke(failing, nameless)).error?.errorMessage).toBe(
      "1 of 2 records failed or were not finished.",
    );
    expect((await invoke(handler, nameless)).result).toEqual(failures());
  });

  it("refuses Firehose, which wants data for an answer", async () => {
    const event = { invocationId: "i", deliveryStreamArn: "arn", records: [{ recordId: "1" }] };
    expect((await invoke(handler, event)).error?.errorMessage).toBe(
      "@middy-hardening/timeout-guard: forEachRecord: Firehose wants each record answered with data.",
    );
  });

  it("refuses an event without records", async () => {
    expect((await invoke(handler, { orderId: 7 })).error?.errorMessage).toBe(
      "@middy-hardening/timeout-guard: forEachRecord: an event of direct has no records.",
    );
  });

  it("has nothing to do for a batch that a handler or a middleware has emptied", async () => {
    expect((await invoke(handler, { Records: [] })).result).toEqual(failures());
  });

  it("refuses an option that is wrong", async () => {
    const wrong = (event: object, context: Context) =>
      forEachRecord(event, context, hang, { parallel: 0 });
    expect((await invoke(wrong, sqsEvent("a"))).error?.errorMessage).toBe(
      '@middy-hardening/timeout-guard: forEachRecord: option "parallel" must be a whole number, 1 or more, but got a number.',
    );
  });
});

describe("forEachRecord, where the time cannot be told", () => {
  it.each([
    ["is not a number", () => Number.NaN],
    ["is endless", () => Number.POSITIVE_INFINITY],
    ["is longer than a timer runs", () => Number.MAX_SAFE_INTEGER],
    [
      "fails",
      () => {
        throw new Error("no time");
      },
    ],
    ["is no function", 3_000 as unknown as () => number],
  ])("does all records when it %s", async (_what, getRemainingTimeInMillis) => {
    const handler = handlerOf(() => sleep(2));
    const context = lambdaContext({ getRemainingTimeInMillis });
    const { result } = await invoke(handler, sqsEvent("a", "b", "c"), context);
    expect(result).toEqual(failures());
  });

  it("begins none when the function has no time left", async () => {
    const done: string[] = [];
    const handler = handlerOf(({ body }) => done.push(body));
    const context = lambdaContext({ getRemainingTimeInMillis: () => -5 });
    expect((await invoke(handler, sqsEvent("a", "b"), context)).result).toEqual(
      failures("m0", "m1"),
    );
    expect(done).toEqual([]);
  });

  it("has a deadline of its own when that on the context is of an invocation that is over", async () => {
    useFakeTime();
    const context = lambdaContext({ getRemainingTimeInMillis: () => 3_000 });
    await invoke(middy(() => "done").use(timeoutGuard()), {}, context);
    const { result, tookMs } = await invokeFor(handlerOf(hang), sqsEvent("a"), context);
    expect(result).toEqual(failures("m0"));
    expect(tookMs).toBe(2_550);
  });
});

describe("a time for each record", () => {
  it("ends one that never comes to its end, and does the others", async () => {
    useFakeTime();
    const done: string[] = [];
    const told: unknown[] = [];
    const handler = handlerOf(({ body }) => (body === "endless" ? hang() : done.push(body)), {
      recordTimeoutMs: 200,
      onRecordError: (error) => told.push((error as Error).name),
    });
    const { result, events, tookMs } = await invokeFor(handler, sqsEvent("a", "endless", "b"));
    expect(result).toEqual(failures("m1"));
    expect(done).toEqual(["a", "b"]);
    expect(told).toEqual(["DeadlineExceeded"]);
    expect(events).toEqual([
      "sys_crash detected record m1 deadline_exceeded",
      "work_outlived_invocation detected promises:1",
    ]);
    expect(tookMs).toBe(200);
  });

  it("aborts the signal of that record alone, and reports it even if its work ends well afterwards", async () => {
    useFakeTime();
    const aborted: string[] = [];
    const handler = handlerOf(
      async ({ body }, signal) => {
        signal.addEventListener("abort", () => aborted.push(body));
        await sleep(Number(body));
      },
      { recordTimeoutMs: 200, parallel: 3 },
    );
    const { result, events } = await invokeFor(
      handler,
      sqsEvent("100", "300", "150", "190", "199"),
    );
    expect(result).toEqual(failures("m1"));
    expect(aborted).toEqual(["300"]);
    expect(events).toEqual(["sys_crash detected record m1 deadline_exceeded"]);
  });

  it("passes on what the work throws in time, at once or later, and the abort at the deadline", async () => {
    useFakeTime();
    const reasons: unknown[] = [];
    const told: unknown[] = [];
    const handler = handlerOf(
      ({ body }, signal) => {
        if (body === "sync") throw new RangeError("sync");
        if (body === "async") return Promise.reject(new TypeError("async"));
        signal.addEventListener("abort", () => reasons.push(signal.reason.name));
        return hang();
      },
      { recordTimeoutMs: 60_000, onRecordError: (error) => told.push((error as Error).message) },
    );
    const { result, tookMs } = await invokeFor(handler, sqsEvent("sync", "async", "endless"));
    expect(result).toEqual(failures("m0", "m1", "m2"));
    expect(told).toEqual(["sync", "async"]);
    expect(reasons).toEqual(["DeadlineExceeded"]);
    expect(tookMs).toBe(2_550);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps the order of a shard: what comes after an endless record is not begun", async () => {
    useFakeTime();
    const begun: string[] = [];
    const event = kinesisEvent(3);
    const handler = (given: typeof event, context: Context) =>
      forEachRecord(
        given,
        context,
        ({ kinesis }) => {
          begun.push(kinesis.sequenceNumber);
          return begun.length === 2 ? hang() : undefined;
        },
        { recordTimeoutMs: 200 },
      );
    const [, second] = event.Records.map(({ kinesis }) => kinesis.sequenceNumber);
    expect((await invokeFor(handler, event)).result).toEqual(failures(second));
    expect(begun).toHaveLength(2);
  });
});
