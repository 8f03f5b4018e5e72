import type { DynamoDBStreamEvent, KinesisStreamEvent } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inVirtualTime, type SimulatedStream, simulatedStream } from "../src/index.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const clean = { lost: [], acknowledgedUndone: [], repeated: [], outOfOrder: [], deadLettered: [] };

const textOf = (data: string): string => Buffer.from(data, "base64").toString();

/** Does the work of each record until one fails, and then what the test says. */
const working =
  (
    stream: SimulatedStream,
    fails: (text: string) => boolean,
    onFailure: (sequenceNumber: string) => unknown,
    batches: string[] = [],
  ) =>
  async ({ Records }: KinesisStreamEvent) => {
    batches.push(Records.map(({ kinesis }) => textOf(kinesis.data)).join(""));
    for (const { kinesis } of Records) {
      if (fails(textOf(kinesis.data))) return onFailure(kinesis.sequenceNumber);
      stream.done(kinesis.sequenceNumber);
    }
    return undefined;
  };

const report = (itemIdentifier: string) => ({ batchItemFailures: [{ itemIdentifier }] });
const fail = (): never => {
  throw new Error("no");
};

const put = (stream: SimulatedStream, text: string): string[] =>
  [...text].map((letter) => stream.put(letter));

describe("a simulated stream", () => {
  it("delivers a shard in batches, in order", async () => {
    const stream = simulatedStream();
    const ids = put(stream, "abcde");
    const batches: string[] = [];
    const handler = working(stream, () => false, fail, batches);
    const tally = await inVirtualTime(vi, stream.drain(handler, { batchSize: 2 }));
    expect(batches).toEqual(["ab", "cd", "e"]);
    expect(tally).toMatchObject({ ...clean, done: ids, deliveries: 5 });
  });

  it("goes on from the lowest sequence number that was reported", async () => {
    const stream = simulatedStream();
    put(stream, "abcde");
    const batches: string[] = [];
    const hiccups = new Set(["c"]);
    const handler = working(stream, (letter) => hiccups.delete(letter), report, batches);
    expect(await inVirtualTime(vi, stream.drain(handler))).toMatchObject({
      ...clean,
      deliveries: 8,
    });
    expect(batches).toEqual(["abcde", "cde"]);
  });

  it("takes the lowest of several, in whatever order they are reported", async () => {
    const stream = simulatedStream({ source: "dynamodb" });
    const [, , c = "", d = ""] = put(stream, "abcd");
    // As text, the number of `d` comes before that of `c`.
    expect(d < c).toBe(true);
    const starts: (string | undefined)[] = [];
    const handler = async ({ Records }: DynamoDBStreamEvent) => {
      starts.push(Records[0]?.dynamodb?.SequenceNumber);
      const batchItemFailures = [{ itemIdentifier: d }, { itemIdentifier: c }];
      return starts.length === 1 ? { batchItemFailures } : null;
    };
    await inVirtualTime(vi, stream.drain(handler));
    expect(starts[1]).toBe(c);
  });

  it("repeats what was done after the record that is reported", async () => {
    const stream = simulatedStream();
    const [, b = "", c = ""] = put(stream, "abc");
    let isFirst = true;
    const handler = async ({ Records }: KinesisStreamEvent) => {
      for (const { kinesis } of Records) {
        if (!isFirst || kinesis.sequenceNumber !== b) stream.done(kinesis.sequenceNumber);
      }
      const answer = isFirst ? report(b) : null;
      isFirst = false;
      return answer;
    };
    expect(await inVirtualTime(vi, stream.drain(handler))).toMatchObject({
      repeated: [c],
      outOfOrder: [b],
    });
  });

  it("retries a batch that failed, with growing pauses, until it is too old: then all of it is lost", async () => {
    const stream = simulatedStream();
    const [, b, c] = put(stream, "abc");
    const handler = working(stream, (letter) => letter === "b", fail);
    const tally = await inVirtualTime(vi, stream.drain(handler, { maximumRecordAgeMs: 10_000 }));
    expect(tally).toMatchObject({ lost: [b, c], deadLettered: [] });
    const times = stream.history.filter(({ id, fate }) => id === b && fate === "delivered");
    expect(times.map(({ atMs }) => atMs)).toEqual([0, 1_000, 3_000, 7_000]);
    expect(stream.history.at(-1)).toMatchObject({ fate: "expired", atMs: 15_000 });
  });

  it("gives a batch up after its last retry, and goes on behind it", async () => {
    const stream = simulatedStream();
    const [a = "", b = "", c = ""] = put(stream, "abc");
    const handler = working(stream, (letter) => letter === "a", fail);
    const mapping = { batchSize: 2, maximumRetryAttempts: 2 };
    expect(await inVirtualTime(vi, stream.drain(handler, mapping))).toMatchObject({
      lost: [a, b],
      done: [c],
      deliveries: 7,
    });
  });

  it("tells an on-failure destination what it gives up", async () => {
    const stream = simulatedStream();
    const [a, b] = put(stream, "ab");
    const handler = working(stream, () => true, report);
    const mapping = { maximumRetryAttempts: 0, onFailureDestination: true };
    expect(await inVirtualTime(vi, stream.drain(handler, mapping))).toMatchObject({
      lost: [],
      deadLettered: [a, b],
      deliveries: 2,
    });
  });

  it("splits a batch that failed in two until the record that fails is alone", async () => {
    const stream = simulatedStream();
    const [, , , d] = put(stream, "abcdefg");
    const batches: string[] = [];
    const handler = working(stream, (letter) => letter === "d", fail, batches);
    const mapping = { bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 };
    const tally = await inVirtualTime(vi, stream.drain(handler, mapping));
    expect(batches).toEqual(["abcdefg", "abcd", "ab", "cd", "c", "d", "d", "efg"]);
    expect(tally).toMatchObject({ lost: [d], outOfOrder: [] });
  });

  it("does not split a batch whose answer reports its first record", async () => {
    const stream = simulatedStream();
    const batches: string[] = [];
    put(stream, "abc");
    const handler = working(stream, (letter) => letter === "b", report, batches);
    const mapping = { bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 };
    await inVirtualTime(vi, stream.drain(handler, mapping));
    expect(batches).toEqual(["abc", "bc", "bc"]);
  });

  it("gives up only those records of a batch that are too old", async () => {
    const stream = simulatedStream();
    const [a, b] = put(stream, "ab");
    vi.advanceTimersByTime(5_000);
    const young = put(stream, "cd");
    const handler = working(stream, (letter) => letter === "a", fail);
    const mapping = { maximumRecordAgeMs: 8_000, onFailureDestination: true };
    expect(await inVirtualTime(vi, stream.drain(handler, mapping))).toMatchObject({
      lost: [],
      deadLettered: [a, b],
      done: young,
    });
  });

  it("kills an invocation at the function's timeout and delivers its batch again", async () => {
    const stream = simulatedStream();
    const [a, b] = put(stream, "ab");
    const hangs = new Set(["b"]);
    const handler = working(
      stream,
      (letter) => hangs.delete(letter),
      () => new Promise(() => {}),
    );
    const tally = await inVirtualTime(vi, stream.drain(handler, { functionTimeoutMs: 500 }));
    expect(tally).toMatchObject({ ...clean, repeated: [a], done: [a, b], timeouts: 1 });
  });

  it("keeps the records of one partition key in one shard, and holds up no other shard", async () => {
    const stream = simulatedStream({ shards: 4 });
    const keys = ["ada", "bob", "cyd", "dan", "eve"];
    const ids = keys.map((key) => stream.put(key, key));
    const shards = new Map<string, string>();
    const blocked = working(stream, (key) => key === "ada", report);
    const handler = async (event: KinesisStreamEvent) => {
      for (const { eventID, kinesis } of event.Records) {
        shards.set(kinesis.partitionKey, eventID.split(":")[0] ?? "");
      }
      return blocked(event);
    };
    const tally = await inVirtualTime(
      vi,
      stream.drain(handler, { batchSize: 1, maximumRetryAttempts: 50 }),
    );
    expect(new Set(shards.values()).size).toBeGreaterThan(1);
    expect(tally).toMatchObject({ ...clean, lost: [ids[0]], done: ids.slice(1) });
    const times = stream.history.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it("delivers changes of items as DynamoDB does", async () => {
    const stream = simulatedStream({ source: "dynamodb" });
    stream.put({ sku: "A-1", quantity: 2 }, "order-1");
    stream.put("text");
    let event: DynamoDBStreamEvent | undefined;
    await inVirtualTime(
      vi,
      stream.drain(async (given: DynamoDBStreamEvent) => {
        event = given;
      }),
    );
    expect(event?.Records).toMatchObject([
      {
        eventName: "INSERT",
        eventSource: "aws:dynamodb",
        dynamodb: {
          Keys: { id: { S: "order-1" } },
          NewImage: { id: { S: "order-1" }, sku: { S: "A-1" }, quantity: { N: "2" } },
        },
      },
      { dynamodb: { NewImage: { content: { S: "text" } } } },
    ]);
  });

  it("refuses options that it does not know", async () => {
    expect(() => simulatedStream({ shards: 0 })).toThrow(/shards/);
    const drain = simulatedStream().drain(async () => {}, { batchSize: 0 });
    await expect(drain).rejects.toThrow(/batchSize/);
  });
});
