/** A poisoned record in a queue and in a stream, delivered as Lambda does, until nothing is left. */
import middy from "@middy/core";
import { simulatedQueue, simulatedStream } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import { payloadGuard } from "../src/index.ts";
import { nested } from "./support.ts";

const poison = nested(5_000);

/** Tells of each record that it reached the handler and was done. */
const worker = (done: (id: string) => void, idOf: (record: never) => string) =>
  middy()
    .use(payloadGuard())
    .handler(async (event: unknown) => {
      for (const record of (event as { Records: never[] }).Records) done(idOf(record));
      return { batchItemFailures: [] };
    });

const messageId = (record: { readonly messageId: string }): string => record.messageId;
const sequenceNumber = (record: { readonly kinesis: { readonly sequenceNumber: string } }) =>
  record.kinesis.sequenceNumber;

describe("one poisoned message among ten", () => {
  it("ends in the dead-letter queue, and the others are done once", async () => {
    const queue = simulatedQueue({ maxReceiveCount: 3 });
    const ids = Array.from({ length: 10 }, (_, index) =>
      queue.send(index === 4 ? poison : { sku: `A-${index}` }),
    );
    const tally = await queue.drain(worker(queue.done, messageId));

    expect(queue.deadLetters.map(({ id }) => id)).toEqual([ids[4]]);
    expect(tally).toMatchObject({ lost: [], repeated: [], acknowledgedUndone: [] });
  });

  it("ends there with those behind it in its message group, and no other group waits", async () => {
    const queue = simulatedQueue({ name: "orders.fifo", maxReceiveCount: 3 });
    const ids = Array.from({ length: 10 }, (_, index) =>
      queue.send(index === 4 ? poison : { sku: `A-${index}` }, `customer-${index % 5}`),
    );
    const tally = await queue.drain(worker(queue.done, messageId));

    expect(queue.deadLetters.map(({ id }) => id)).toEqual([ids[4], ids[9]]);
    expect(tally).toMatchObject({ lost: [], repeated: [], outOfOrder: [], acknowledgedUndone: [] });
  });
});

describe("one poisoned record among ten of a shard", () => {
  it("ends at the on-failure destination, and the others are done once, in order", async () => {
    const stream = simulatedStream();
    const ids = Array.from({ length: 10 }, (_, index) =>
      stream.put(index === 4 ? poison : { sku: `A-${index}` }, "customer-7"),
    );
    const tally = await stream.drain(worker(stream.done, sequenceNumber), {
      batchSize: 10,
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: 2,
      onFailureDestination: true,
    });

    expect(tally.deadLettered).toContain(ids[4]);
    expect(tally).toMatchObject({ lost: [], repeated: [], outOfOrder: [] });
  });
});
