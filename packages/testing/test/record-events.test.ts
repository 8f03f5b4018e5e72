import { existsSync, readFileSync } from "node:fs";
import { eventSourceOf, recordsOf } from "@middy-hardening/core";
import { describe, expect, it } from "vitest";
import { dynamodbEvent, kinesisEvent, sqsEvent } from "../src/index.ts";

describe("events of records", () => {
  it("carry messages as SQS writes them", () => {
    const event = sqsEvent([
      { body: { sku: "A-1" }, messageId: "m-1", receiveCount: 3, sentAt: 1_767_225_600_000 },
      { body: "{", messageGroupId: "tenant-1" },
    ]);
    expect(eventSourceOf(event)).toBe("sqs");
    expect(event.Records).toMatchObject([
      {
        messageId: "m-1",
        body: '{"sku":"A-1"}',
        md5OfBody: "e48b22f2c4f6da08584b88e790c45a42",
        attributes: { ApproximateReceiveCount: "3", SentTimestamp: "1767225600000" },
        eventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:orders",
      },
      { body: "{", attributes: { ApproximateReceiveCount: "1", MessageGroupId: "tenant-1" } },
    ]);
    // A group in a standard queue says nothing of an order.
    expect(recordsOf(event, "sqs").map(({ orderGroup }) => orderGroup)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("have message groups in a FIFO queue", () => {
    const messages = [{ body: "a" }, { body: "b", messageGroupId: "g", sequenceNumber: "7" }];
    const event = sqsEvent(messages, "orders.fifo");
    expect(recordsOf(event, "sqs").map(({ orderGroup }) => orderGroup)).toEqual(["default", "g"]);
    expect(event.Records[1]?.attributes.SequenceNumber).toBe("7");
  });

  it("carry records as Kinesis writes them", () => {
    const event = kinesisEvent(
      [
        { data: { sku: "A-1" }, partitionKey: "ada", arrivedAt: 1_767_225_600_500 },
        { data: "text" },
        { data: new Uint8Array([0, 255]), sequenceNumber: "9" },
      ],
      3,
    );
    expect(eventSourceOf(event)).toBe("kinesis");
    const data = event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64"));
    expect(data[0]?.toString()).toBe('{"sku":"A-1"}');
    expect(data[1]?.toString()).toBe("text");
    expect([...(data[2] ?? [])]).toEqual([0, 255]);
    expect(event.Records[0]).toMatchObject({
      kinesis: { partitionKey: "ada", approximateArrivalTimestamp: 1_767_225_600.5 },
    });
    expect(event.Records[2]?.eventID).toBe("shardId-000000000003:9");
    expect(recordsOf(event, "kinesis")[2]?.itemIdentifier).toBe("9");
  });

  it("carry changes as DynamoDB writes them", () => {
    const event = dynamodbEvent([
      {
        keys: { id: 7 },
        newImage: {
          text: "a",
          big: 12n,
          yes: true,
          none: null,
          list: [1, "b"],
          map: { inner: { deep: 1 } },
          bytes: new Uint8Array([1, 2]),
          tags: new Set(["x", "y"]),
          numbers: new Set([1, 2]),
          absent: undefined,
        },
      },
      { keys: { id: 7 }, newImage: {}, oldImage: { text: "a" }, changedAt: 1_767_225_600_500 },
      { keys: { id: 7 }, oldImage: { text: "a" }, sequenceNumber: "9" },
    ]);
    expect(eventSourceOf(event)).toBe("dynamodb");
    expect(event.Records.map(({ eventName }) => eventName)).toEqual(["INSERT", "MODIFY", "REMOVE"]);
    expect(event.Records[0]?.dynamodb?.NewImage).toEqual({
      id: { N: "7" },
      text: { S: "a" },
      big: { N: "12" },
      yes: { BOOL: true },
      none: { NULL: true },
      list: { L: [{ N: "1" }, { S: "b" }] },
      map: { M: { inner: { M: { deep: { N: "1" } } } } },
      bytes: { B: "AQI=" },
      tags: { SS: ["x", "y"] },
      numbers: { NS: ["1", "2"] },
    });
    expect(event.Records[1]?.dynamodb).toMatchObject({
      ApproximateCreationDateTime: 1_767_225_600,
      OldImage: { id: { N: "7" }, text: { S: "a" } },
    });
    expect(event.Records[2]?.dynamodb?.SequenceNumber).toBe("9");
    expect(event.Records[2]?.dynamodb).not.toHaveProperty("NewImage");
  });

  it("refuse what DynamoDB cannot hold", () => {
    expect(() => dynamodbEvent([{ keys: { id: () => 1 } }])).toThrow(
      /a function has no DynamoDB attribute value/,
    );
  });

  const samples = new URL("../../../../shared/events/", import.meta.url);
  const hasSamples = existsSync(samples);
  const reason = hasSamples ? "" : " (skipped: ../shared/events is not there)";
  it.skipIf(!hasSamples)(`have every field that the services' own events have${reason}`, () => {
    const real = (path: string) => JSON.parse(readFileSync(new URL(path, samples), "utf8"));
    const without = (names: string[], ...left: string[]) =>
      names.filter((name) => !left.includes(name));
    const ours = {
      "sqs/base.json": sqsEvent([{ body: "a" }]),
      "kinesis/stream.json": kinesisEvent([{ data: "a" }]),
      "dynamodb/base.json": dynamodbEvent([{ keys: {}, newImage: {}, oldImage: {} }]),
    };
    for (const [path, event] of Object.entries(ours)) {
      const record = event.Records[0] ?? {};
      expect(Object.keys(record).toSorted(), path).toEqual(
        without(Object.keys(real(path).Records[0]), "userIdentity").toSorted(),
      );
    }
  });
});
