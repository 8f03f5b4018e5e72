import type { Context, SQSEvent } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type InvocationOutcome,
  inVirtualTime,
  type SimulatedQueue,
  simulatedQueue,
} from "../src/index.ts";

// Time is virtual: neither a function's timeout nor a visibility timeout is waited for.
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const bodies = ({ Records }: SQSEvent): string[] => Records.map(({ body }) => body);

/** A handler that does the work of each message but those that fail, and reports the failed ones. */
const reporting =
  (queue: SimulatedQueue, fails: (body: string, receiveCount: number) => boolean) =>
  async ({ Records }: SQSEvent) => {
    const failed = Records.filter(({ body, attributes, messageId }) => {
      if (fails(body, Number(attributes.ApproximateReceiveCount))) return true;
      queue.done(messageId);
      return false;
    });
    return {
      batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })),
    };
  };

const clean = { lost: [], acknowledgedUndone: [], repeated: [], outOfOrder: [], deadLettered: [] };

describe("a simulated queue", () => {
  it("delivers in batches and deletes what is done", async () => {
    const queue = simulatedQueue();
    const ids = ["a", "b", "c"].map((body) => queue.send(body));
    const batches: string[][] = [];
    const handler = async (event: SQSEvent) => {
      batches.push(bodies(event));
      for (const { messageId } of event.Records) queue.done(messageId);
    };
    const tally = await inVirtualTime(vi, queue.drain(handler, { batchSize: 2 }));
    expect(batches).toEqual([["a", "b"], ["c"]]);
    expect(tally).toEqual({
      ...clean,
      deadLetteredDone: [],
      done: ids,
      deliveries: 3,
      timeouts: 0,
    });
    expect(queue.history.map(({ fate }) => fate)).toEqual([
      ...["sent", "sent", "sent"],
      ...["delivered", "delivered", "done", "done", "acknowledged", "acknowledged"],
      ...["delivered", "done", "acknowledged"],
    ]);
  });

  it("delivers what was reported again, once the visibility timeout has passed, and nothing else", async () => {
    const queue = simulatedQueue({ visibilityTimeoutMs: 30_000 });
    const [, b = ""] = ["a", "b", "c"].map((body) => queue.send(body));
    const handler = reporting(queue, (body, receiveCount) => body === "b" && receiveCount < 3);
    const tally = await inVirtualTime(vi, queue.drain(handler));
    expect(tally).toMatchObject({ ...clean, deliveries: 5 });
    const deliveries = queue.history.filter(({ id, fate }) => id === b && fate === "delivered");
    expect(deliveries.map(({ atMs }) => atMs)).toEqual([0, 30_000, 60_000]);
  });

  it("moves a message to the dead-letter queue when it would be received once too often", async () => {
    const queue = simulatedQueue({ maxReceiveCount: 3 });
    const id = queue.send({ sku: "poison" });
    const handler = reporting(queue, () => true);
    const tally = await inVirtualTime(vi, queue.drain(handler));
    expect(tally).toMatchObject({
      lost: [],
      deadLettered: [id],
      deadLetteredDone: [],
      deliveries: 3,
    });
    expect(queue.deadLetters).toEqual([{ id, body: '{"sku":"poison"}' }]);
  });

  it("loses a message that is kept for too long, without a dead-letter queue", async () => {
    const queue = simulatedQueue({ retentionMs: 100_000 });
    const id = queue.send("poison");
    const tally = await inVirtualTime(vi, queue.drain(reporting(queue, () => true)));
    expect(tally).toMatchObject({ lost: [id], deliveries: 4 });
    expect(queue.history.at(-1)).toEqual({
      atMs: 120_000,
      fate: "expired",
      id,
      requestId: undefined,
    });
  });

  it("brings back the whole batch when the invocation fails, work that was done included", async () => {
    const queue = simulatedQueue({ maxReceiveCount: 2 });
    const [a = "", b = "", c = ""] = ["a", "b", "c"].map((body) => queue.send(body));
    const handler = async ({ Records }: SQSEvent) => {
      for (const { body, messageId } of Records) {
        if (body === "b") throw new Error("no");
        queue.done(messageId);
      }
    };
    expect(await inVirtualTime(vi, queue.drain(handler))).toMatchObject({
      lost: [],
      repeated: [a],
      deadLettered: [a, b, c],
      deadLetteredDone: [a],
    });
  });

  it("brings back the whole batch when the answer reports what was not in it", async () => {
    const queue = simulatedQueue({ maxReceiveCount: 2 });
    const ids = ["a", "b"].map((body) => queue.send(body));
    const handler = async () => ({ batchItemFailures: [{ itemIdentifier: "unknown" }] });
    const tally = await inVirtualTime(vi, queue.drain(handler));
    expect(tally).toMatchObject({ lost: [], deadLettered: ids, deliveries: 4 });
    expect(queue.history.filter(({ fate }) => fate === "failed")).toHaveLength(4);
  });

  it("kills an invocation at the function's timeout, and what it does later is too late", async () => {
    const queue = simulatedQueue({ maxReceiveCount: 2 });
    const [a = "", b = ""] = ["a", "b"].map((body) => queue.send(body));
    const outcomes: (InvocationOutcome | undefined)[] = [];
    const remaining: number[] = [];
    const handler = async ({ Records }: SQSEvent, context: Context) => {
      remaining.push(context.getRemainingTimeInMillis());
      queue.done(Records[0]?.messageId ?? "");
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      queue.done(Records[1]?.messageId ?? "");
    };
    const tally = await inVirtualTime(
      vi,
      queue.drain(handler, {
        functionTimeoutMs: 1_000,
        onInvocation: (_event, outcome) => outcomes.push(outcome),
      }),
    );
    await vi.runAllTimersAsync();
    expect(tally).toMatchObject({ deadLettered: [a, b], repeated: [a], done: [a], timeouts: 2 });
    expect(queue.tally().done).toEqual([a]);
    expect(queue.history.filter(({ fate }) => fate === "done too late")).toHaveLength(2);
    expect(outcomes).toEqual([undefined, undefined]);
    expect(remaining).toEqual([1_000, 1_000]);
  });

  it("tells what was acknowledged although nobody did it", async () => {
    const queue = simulatedQueue();
    const [a, b] = ["a", "b"].map((body) => queue.send(body));
    // The promises of forEach are waited for by nobody.
    const handler = async ({ Records }: SQSEvent) => {
      Records.forEach(async ({ messageId }) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        queue.done(messageId);
      });
    };
    const tally = await inVirtualTime(vi, queue.drain(handler));
    expect(tally).toMatchObject({ lost: [a, b], acknowledgedUndone: [a, b], done: [] });
  });

  it("ignores the answer unless partial batch responses are configured", async () => {
    const queue = simulatedQueue();
    const [, b] = ["a", "b"].map((body) => queue.send(body));
    const handler = reporting(queue, (body) => body === "b");
    const tally = await inVirtualTime(vi, queue.drain(handler, { reportBatchItemFailures: false }));
    expect(tally).toMatchObject({ lost: [b], acknowledgedUndone: [b], deliveries: 2 });
  });

  it("runs several invocations at a time, and no more", async () => {
    const queue = simulatedQueue();
    for (let index = 0; index < 6; index++) queue.send(String(index));
    let running = 0;
    let most = 0;
    const handler = async ({ Records }: SQSEvent) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 10));
      running -= 1;
      for (const { messageId } of Records) queue.done(messageId);
    };
    const mapping = { batchSize: 1, maximumConcurrency: 3 };
    expect(await inVirtualTime(vi, queue.drain(handler, mapping))).toMatchObject({
      ...clean,
      deliveries: 6,
    });
    expect(most).toBe(3);
  });

  it("ends at once when it is empty, and goes on when more was sent", async () => {
    const queue = simulatedQueue();
    const handler = reporting(queue, () => false);
    expect(await queue.drain(handler)).toMatchObject({ deliveries: 0 });
    queue.send("a");
    expect(await inVirtualTime(vi, queue.drain(handler))).toMatchObject({
      ...clean,
      deliveries: 1,
    });
  });

  it("takes the test's word for work that no invocation does", () => {
    const queue = simulatedQueue();
    const id = queue.send("a");
    queue.done(id);
    expect(queue.tally().done).toEqual([id]);
    expect(() => queue.done("unknown")).toThrow(/no record with the id "unknown" was sent/);
  });

  it("refuses what SQS and Lambda would refuse", async () => {
    expect(() => simulatedQueue({ maxReceiveCount: 0 })).toThrow(/maxReceiveCount/);
    const queue = simulatedQueue({ name: "orders.fifo", visibilityTimeoutMs: 1_000 });
    const handler = async () => {};
    await expect(queue.drain(handler)).rejects.toThrow(
      /"functionTimeoutMs" must be a whole number from 1 to 1000 \(the visibility timeout\)/,
    );
    const mapping = { batchSize: 11, functionTimeoutMs: 1_000 };
    await expect(queue.drain(handler, mapping)).rejects.toThrow(/"batchSize" .* from 1 to 10/);
  });
});

describe("a simulated FIFO queue", () => {
  it("delivers nothing of a message group while one of its messages is in flight", async () => {
    const queue = simulatedQueue({ name: "orders.fifo" });
    for (const body of ["a1", "a2", "b1", "a3"]) queue.send(body, body.slice(0, 1));
    const batches: string[][] = [];
    const slow = reporting(queue, (body, receiveCount) => body === "a1" && receiveCount === 1);
    const handler = async (event: SQSEvent) => {
      batches.push(bodies(event));
      await new Promise((resolve) => setTimeout(resolve, 10));
      return slow(event);
    };
    const mapping = { batchSize: 1, maximumConcurrency: 4 };
    const tally = await inVirtualTime(vi, queue.drain(handler, mapping));
    expect(batches).toEqual([["a1"], ["b1"], ["a1"], ["a2"], ["a3"]]);
    expect(tally).toMatchObject(clean);
  });

  it("tells which message was done after one that follows it", async () => {
    const queue = simulatedQueue({ name: "orders.fifo" });
    const [first] = ["1", "2", "3"].map((body) => queue.send(body, "customer-7"));
    queue.send("4", "customer-8");
    // Reports what failed, but goes on with what follows it.
    const handler = reporting(queue, (body, receiveCount) => body === "1" && receiveCount === 1);
    expect(await inVirtualTime(vi, queue.drain(handler))).toMatchObject({
      ...clean,
      outOfOrder: [first],
    });
  });

  it("goes on with a group when the message in its way has gone to the dead-letter queue", async () => {
    const queue = simulatedQueue({ name: "orders.fifo", maxReceiveCount: 2 });
    const [poison, next = ""] = ["1", "2"].map((body) => queue.send(body));
    const stopping = async ({ Records }: SQSEvent) => {
      const at = Records.findIndex(({ body }) => body === "1");
      const done = at === -1 ? Records : Records.slice(0, at);
      for (const { messageId } of done) queue.done(messageId);
      const failed = Records.slice(done.length);
      return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.messageId })) };
    };
    const tally = await inVirtualTime(vi, queue.drain(stopping, { batchSize: 1 }));
    expect(tally).toMatchObject({ ...clean, deadLettered: [poison], done: [next] });
  });

  it("has the attributes of a FIFO queue in its events", async () => {
    const queue = simulatedQueue({ name: "orders.fifo" });
    queue.send("a", "customer-7");
    queue.send("b");
    const attributes: unknown[] = [];
    await inVirtualTime(
      vi,
      queue.drain(async ({ Records }: SQSEvent) => {
        for (const record of Records) attributes.push(record.attributes);
      }),
    );
    expect(attributes).toMatchObject([
      { MessageGroupId: "customer-7", SequenceNumber: "18849496460467696128" },
      { MessageGroupId: "default", SequenceNumber: "18849496460467696384" },
    ]);
  });
});
