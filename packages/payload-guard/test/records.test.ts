/** The records of batches: a poisoned one must neither reach the handler nor hold up the others. */
import { gzipSync } from "node:zlib";
import middy from "@middy/core";
import { captureSecurityEvents, invoke } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import { type PayloadGuardOptions, payloadGuard } from "../src/index.ts";
import { deliver, nested, queueEvent, shardEvent } from "./support.ts";

const order = '{"sku":"A-1","quantity":2}';
const deep = nested(33);

const bodiesOf = (event: unknown): unknown[] =>
  (event as { Records: { body: unknown }[] }).Records.map(({ body }) => body);

describe("a poisoned message of a queue", () => {
  it("is reported by its id, and the others are processed", async () => {
    const answer = await deliver(queueEvent(order, deep, "hello", nested(200_000), order));
    expect(bodiesOf(answer.event)).toEqual([order, "hello", order]);
    expect(answer.result).toEqual({
      batchItemFailures: [{ itemIdentifier: "message-2" }, { itemIdentifier: "message-4" }],
    });
    expect(answer.events).toEqual([
      "input_validation_fail: record, message-2, max_depth",
      "input_validation_fail: record, message-4, max_depth",
    ]);
  });

  it("is reported beside those that the handler reports", async () => {
    const own = { batchItemFailures: [{ itemIdentifier: "message-1" }] };
    expect(await deliver(queueEvent(order, deep), {}, own)).toMatchObject({
      result: {
        batchItemFailures: [{ itemIdentifier: "message-1" }, { itemIdentifier: "message-2" }],
      },
    });
  });

  it("does not let the handler run for nothing when no other is there", async () => {
    expect(await deliver(queueEvent(deep))).toEqual({
      result: { batchItemFailures: [{ itemIdentifier: "message-1" }] },
      event: undefined,
      events: ["input_validation_fail: record, message-1, max_depth"],
    });
  });

  it("fails the batch, or counts as done, where the options say so", async () => {
    expect(await deliver(queueEvent(order, deep), { onInvalidRecord: "fail" })).toEqual({
      failure: "Record message-2 is not valid.",
      events: ["input_validation_fail: record, message-2, max_depth"],
    });
    const dropped = await deliver(queueEvent(order, deep), { onInvalidRecord: "drop" });
    expect(dropped.result).toBeNull();
    expect(bodiesOf(dropped.event)).toEqual([order]);
  });

  it("takes those behind it in its message group with it", async () => {
    const groups = ["a", "b", "a", "b"];
    const { Records } = queueEvent(deep, order, order, order);
    const fifo = Records.map((record, index) => ({
      ...record,
      eventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:orders.fifo",
      attributes: { MessageGroupId: groups[index] },
    }));
    const { result, event } = await deliver({ Records: fifo });
    expect(result).toEqual({
      batchItemFailures: [{ itemIdentifier: "message-1" }, { itemIdentifier: "message-3" }],
    });
    expect(bodiesOf(event)).toHaveLength(2);
  });

  it("comes back with all others when the handler fails", async () => {
    const handler = middy()
      .use(payloadGuard())
      .handler(async () => {
        throw new Error("database down");
      });
    const { result, error } = await invoke(handler, queueEvent(order, deep));
    expect(result).toBeUndefined();
    expect(error).toMatchObject({ errorMessage: "database down" });
  });

  it("is reported beside what another middleware makes of a failure", async () => {
    const partial = { batchItemFailures: [{ itemIdentifier: "message-1" }] };
    const handler = middy()
      .use(payloadGuard())
      .use({ onError: (request) => void (request.response = partial) })
      .handler(async () => {
        throw new Error("database down");
      });
    expect((await invoke(handler, queueEvent(order, deep))).result).toEqual({
      batchItemFailures: [{ itemIdentifier: "message-1" }, { itemIdentifier: "message-2" }],
    });
  });

  it("leaves no word of its content in an event or in the answer", async () => {
    using captured = captureSecurityEvents();
    const handler = middy()
      .use(payloadGuard({ onInvalidRecord: "fail", maxStringLength: 4 }))
      .handler(async () => null);
    const { payload } = await invoke(handler, queueEvent('{"card":"4111111111111111"}'));
    expect(payload + JSON.stringify(captured.events)).not.toContain("4111");
  });
});

describe("each limit", () => {
  const reported = (code: string, ...params: readonly string[]) => ({
    result: { batchItemFailures: [{ itemIdentifier: "message-1" }] },
    events: [`input_validation_fail: record, message-1, ${params.join(", ")}`],
    code,
  });

  const cases: readonly [PayloadGuardOptions, kept: unknown, exceeded: unknown, param: string][] = [
    [{ maxBytes: 4 }, "éé", "ééa", "max_bytes"],
    [{ maxDepth: 2 }, " [[1]]", " [[[1]]]", "max_depth"],
    [{ maxKeys: 2 }, '{"a":1,"b":2}', '{"a":1,"b":{"c":3}}', "max_keys"],
    [{ maxArrayLength: 2 }, "[1,2]", "[1,2,3]", "max_array_length"],
    [{ maxStringLength: 3 }, '["abc"]', '["abcd"]', "max_string_length"],
  ];

  it.each(cases)("is kept exactly: %o", async (options, kept, exceeded, param) => {
    expect(await deliver(queueEvent(kept), options)).toMatchObject({ result: null, events: [] });
    const { result, events } = reported("", param);
    expect(await deliver(queueEvent(exceeded), options)).toMatchObject({ result, events });
  });

  it("lets a long string pass where no limit on it was asked for", async () => {
    const file = JSON.stringify({ file: "x".repeat(500_000) });
    expect(await deliver(queueEvent(file))).toMatchObject({ result: null, events: [] });
  });

  it("is kept by the message that SNS put into the queue's", async () => {
    const wrapped = (Message: unknown) =>
      JSON.stringify({ Type: "Notification", MessageId: "1", TopicArn: "arn", Message }, null, 2);
    const options = { maxStringLength: 50 };
    const answer = await deliver(
      queueEvent(
        wrapped(deep),
        wrapped(`{"text":"${"x".repeat(51)}"}`),
        wrapped(JSON.stringify(Array(40).fill({ sku: "A-1" }))),
        wrapped("x".repeat(60)),
        wrapped(7),
        '{"Type":"Notification",',
        `{"Type":"Notification","Message":${deep}}`,
      ),
      options,
    );
    expect(answer.events).toEqual([
      "input_validation_fail: record, message-1, max_depth",
      "input_validation_fail: record, message-2, max_string_length",
      "input_validation_fail: record, message-7, max_depth",
    ]);
  });

  it("is kept by such a message however its sender writes the envelope, as who writes to the queue may", async () => {
    const answer = await deliver(
      queueEvent(
        JSON.stringify({ Message: deep, MessageId: "1", Type: "Notification" }),
        `{"\\u0054ype":"Notificatio\\u006E","Message":${JSON.stringify(deep)}}`,
        JSON.stringify({ Message: deep, Type: "Other", of: "Notification" }),
        '{"text":"\\u0041","more":',
      ),
    );
    expect(answer.events).toEqual([
      "input_validation_fail: record, message-1, max_depth",
      "input_validation_fail: record, message-2, max_depth",
    ]);
  });

  it("is no matter to a payload that is no text at all, which no service sends", async () => {
    const odd = queueEvent(null, 7, [deep]);
    expect(await deliver(odd)).toMatchObject({ result: null, event: odd, events: [] });
  });
});

describe("what is around a payload", () => {
  it("poisons its record too, by a name that an attacker gave to an attribute of the message", async () => {
    const text = JSON.stringify(queueEvent(order, order)).replace(
      '"messageAttributes":{}',
      '"messageAttributes":{"__proto__":{"stringValue":"x"}}',
    );
    expect(await deliver(text)).toMatchObject({
      result: { batchItemFailures: [{ itemIdentifier: "message-1" }] },
      events: ["input_validation_fail: record, message-1, forbidden_name"],
    });
  });

  it("poisons its record too when the payload is no text but deep", async () => {
    const text = JSON.stringify(queueEvent("PAYLOAD")).replace('"PAYLOAD"', nested(33));
    expect(await deliver(text)).toMatchObject({
      events: ["input_validation_fail: record, message-1, max_depth"],
    });
  });

  it("fails the event where no record is to blame", async () => {
    const event = JSON.stringify(queueEvent(order)).replace("{", `{"more":${nested(40)},`);
    expect(await deliver(event)).toEqual({
      failure: "The request has more than 32 levels of JSON.",
      events: ["input_validation_fail: event, max_depth"],
    });
    const polluted = JSON.stringify(queueEvent(order)).replace("{", '{"__proto__":{"a":1},');
    expect(await deliver(polluted)).toMatchObject({
      failure: "The request has a name that reaches a prototype.",
    });
  });

  it("fails an event with an entry that is no record, which no service sends", async () => {
    const { Records } = queueEvent(order);
    for (const entry of [null, 7, "x", {}]) {
      expect(await deliver({ Records: [...Records, entry] })).toEqual({
        failure: "The records are not all of one source.",
        events: ["input_validation_fail: records, type"],
      });
    }
  });

  it("may have no more records than the limit", async () => {
    const event = queueEvent(order, order, order);
    expect(await deliver(event, { maxRecords: 3 })).toMatchObject({ result: null, events: [] });
    expect(await deliver(event, { maxRecords: 2 })).toEqual({
      failure: "The request has more than 2 records.",
      events: ["input_validation_fail: event, max_records"],
    });
  });

  it("has no limit that the largest batch of a trigger reaches", async () => {
    const event = queueEvent(...Array<string>(10_000).fill(order));
    expect(await deliver(event)).toMatchObject({ result: null, events: [] });
  });
});

describe("a poisoned record of a stream", () => {
  it("is reported alone, and the handler gets only those before it", async () => {
    const answer = await deliver(shardEvent(order, order, deep, order));
    expect(answer.result).toEqual({ batchItemFailures: [{ itemIdentifier: "3" }] });
    expect((answer.event as { Records: unknown[] }).Records).toHaveLength(2);
    expect(answer.events[0]).toBe("input_validation_fail: record, 3, max_depth");
  });

  it("is one whose bytes, once decoded, are too many", async () => {
    expect(await deliver(shardEvent("12345"), { maxBytes: 5 })).toMatchObject({ events: [] });
    expect(await deliver(shardEvent("123456"), { maxBytes: 5 })).toMatchObject({
      result: { batchItemFailures: [{ itemIdentifier: "1" }] },
      events: ["input_validation_fail: record, 1, max_bytes"],
    });
  });

  it("is not one of bytes that are no JSON", async () => {
    const event = shardEvent("\u001f\u008b[[[[", "plain text");
    expect(await deliver(event, { maxDepth: 1 })).toMatchObject({ event, events: [] });
  });

  /** A change of an item whose attributes are nested that deep. */
  const change = (depth: number, attributes = 1): object => {
    let value = '{"S":"x"}';
    for (let level = 1; level < depth; level++) value = `{"M":{"a":${value}}}`;
    const members = Array.from({ length: attributes }, (_, index) => `"a${index}":${value}`);
    const image = JSON.parse(`{${members.join(",")}}`);
    return {
      Records: [
        {
          eventID: "1",
          eventSource: "aws:dynamodb",
          dynamodb: {
            Keys: { id: { S: "1" } },
            NewImage: image,
            OldImage: image,
            SequenceNumber: "77",
            StreamViewType: "NEW_AND_OLD_IMAGES",
          },
        },
      ],
    };
  };

  it("is measured by the item, not by the types that DynamoDB writes around each value", async () => {
    for (const event of [change(32), change(1, 10_000)]) {
      expect(await deliver(event)).toMatchObject({ result: null, events: [] });
    }
    expect(await deliver(change(33))).toMatchObject({
      result: { batchItemFailures: [{ itemIdentifier: "77" }] },
      events: ["input_validation_fail: record, 77, max_depth"],
    });
    expect(await deliver(change(1, 10_010))).toMatchObject({
      events: ["input_validation_fail: record, 77, max_keys"],
    });
  });
});

describe("other sources of records", () => {
  const firehose = (...payloads: readonly string[]): object => ({
    invocationId: "1",
    deliveryStreamArn: "arn:aws:firehose:eu-west-1:123456789012:deliverystream/orders",
    records: payloads.map((payload, index) => ({
      recordId: `record-${index + 1}`,
      data: Buffer.from(payload).toString("base64"),
    })),
  });
  const kafka = (...payloads: readonly string[]): object => ({
    eventSource: "aws:kafka",
    records: {
      "orders-0": payloads.map((payload, offset) => ({
        topic: "orders",
        partition: 0,
        offset,
        value: Buffer.from(payload).toString("base64"),
      })),
    },
  });
  const logs = (data: string): object => ({ awslogs: { data } });
  const gzipped = (text: string): string => gzipSync(text).toString("base64");
  const eventBridge = (detail: string): string =>
    `{"id":"e-1","detail-type":"Order placed","source":"orders","detail":${detail}}`;
  const sns = (message: string): object => ({
    Records: [{ EventSource: "aws:sns", Sns: { MessageId: "n-1", Message: message } }],
  });

  it("has a record of Firehose answered as failed", async () => {
    expect(await deliver(firehose(order, deep), {}, { records: [] })).toMatchObject({
      result: { records: [{ recordId: "record-2", result: "ProcessingFailed" }] },
      events: ["input_validation_fail: record, record-2, max_depth"],
    });
  });

  it("fails a batch of Kafka, unless the options ask for a report", async () => {
    expect(await deliver(kafka(order, deep))).toMatchObject({
      failure: "Record orders-0:1 is not valid.",
    });
    expect(await deliver(kafka(order, deep), { onInvalidRecord: "report" })).toMatchObject({
      result: { batchItemFailures: [{ itemIdentifier: { partition: "orders-0", offset: 1 } }] },
    });
  });

  it("fails what has no partial batch response, so that nothing counts as done that was not", async () => {
    for (const onInvalidRecord of [undefined, "report"] as const) {
      expect(await deliver(sns(deep), { onInvalidRecord })).toMatchObject({
        failure: "Record n-1 is not valid.",
        event: undefined,
      });
      expect(await deliver(eventBridge(deep), { onInvalidRecord })).toMatchObject({
        failure: "Record e-1 is not valid.",
        event: undefined,
      });
    }
    expect(await deliver(eventBridge(deep), { onInvalidRecord: "drop" })).toEqual({
      result: null,
      event: undefined,
      events: ["input_validation_fail: record, e-1, max_depth"],
    });
  });

  it("measures the detail of EventBridge from the detail on", async () => {
    expect(await deliver(eventBridge(nested(32)))).toMatchObject({ result: null, events: [] });
    expect(await deliver(eventBridge('{"__proto__":1}'))).toMatchObject({
      events: ["input_validation_fail: record, e-1, forbidden_name"],
    });
    expect(await deliver(eventBridge("[1,2,3]"), { maxArrayLength: 2 })).toMatchObject({
      events: ["input_validation_fail: record, e-1, max_array_length"],
    });
  });

  it("bounds what CloudWatch Logs compressed, and not the number of its log events", async () => {
    const logEvents = Array(10_001).fill({ id: "1", timestamp: 1, message: "x".repeat(100) });
    const honest = logs(gzipped(JSON.stringify({ messageType: "DATA_MESSAGE", logEvents })));
    expect(await deliver(honest)).toMatchObject({ result: null, event: honest, events: [] });

    const failed = (...params: readonly string[]) => ({
      failure: "Record awslogs is not valid.",
      events: [`input_validation_fail: record, awslogs, ${params.join(", ")}`],
    });
    const bomb = logs(gzipped(" ".repeat(6 * 1_048_576 + 1)));
    expect(await deliver(bomb)).toEqual(failed("max_bytes"));
    expect(await deliver(logs(gzipped(deep)))).toEqual(failed("max_depth"));
    expect(await deliver(logs("bm8gZ3ppcA=="))).toEqual(failed("content_encoding"));
  });
});
