import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  eventSourceOf,
  isRecordSource,
  payloadPlaceOf,
  type RecordSource,
  recordsOf,
  withRecords,
} from "../src/index.ts";

/** A record of each source, with the id that a log has for it and the group that orders it. */
const RECORDS: readonly [RecordSource, object, string, string | undefined][] = [
  ["cloudwatch-logs", { awslogs: { data: "H4sI" } }, "awslogs", undefined],
  [
    "dynamodb",
    { eventSource: "aws:dynamodb", dynamodb: { SequenceNumber: "111" } },
    "111",
    "shard",
  ],
  ["eventbridge", { id: "6a7e", detail: {} }, "6a7e", undefined],
  ["firehose", { recordId: "4964", data: "" }, "4964", undefined],
  ["kafka", { topic: "orders", partition: 3, offset: 15 }, "orders-3:15", "orders-3"],
  ["kinesis", { eventSource: "aws:kinesis", kinesis: { sequenceNumber: "495" } }, "495", "shard"],
  [
    "s3",
    { eventSource: "aws:s3", responseElements: { "x-amz-request-id": "D8" } },
    "D8",
    undefined,
  ],
  ["ses", { eventSource: "aws:ses", ses: { mail: { messageId: "o3v" } } }, "o3v", undefined],
  ["sns", { EventSource: "aws:sns", Sns: { MessageId: "95df" } }, "95df", undefined],
  ["sqs", { eventSource: "aws:sqs", messageId: "059f" }, "059f", undefined],
];

/** The event of a source with these records. */
function eventOf(source: RecordSource, ...records: readonly object[]): object {
  if (source === "eventbridge" || source === "cloudwatch-logs") return records[0] as object;
  if (source === "firehose") return { invocationId: "i", records };
  if (source === "kafka") return { records: { "orders-3": records } };
  return { Records: records };
}

describe("the records of an event", () => {
  it.each(RECORDS)(
    "of %s have an id for the log and a group if they are in order",
    (source, record, id, group) => {
      const [first] = recordsOf(eventOf(source, record), source);
      expect(first).toMatchObject({ fields: record, id });
      expect(first?.orderGroup).toBe(group);
    },
  );

  it("are told in a response by what the trigger calls them", () => {
    const kafka = recordsOf(
      eventOf("kafka", { topic: "orders", partition: 3, offset: 15 }),
      "kafka",
    );
    expect(kafka[0]?.itemIdentifier).toEqual({ partition: "orders-3", offset: 15 });
    const sqs = recordsOf(eventOf("sqs", { eventSource: "aws:sqs", messageId: "m" }), "sqs");
    expect(sqs[0]?.itemIdentifier).toBe("m");
  });

  it.each(RECORDS)(
    "of %s may lack every part, and then have an empty identifier",
    (source, record) => {
      const { eventSource, EventSource } = record as Record<string, unknown>;
      const [bare] = recordsOf(eventOf(source, { eventSource, EventSource }), source);
      const isAlone = source === "cloudwatch-logs";
      expect(bare).toMatchObject({
        id: isAlone ? "awslogs" : "",
        itemIdentifier: isAlone ? "awslogs" : "",
      });
    },
  );

  it("that give something else than text for an identifier have none", () => {
    for (const messageId of [7, null, { id: 1 }, ["a"], true]) {
      const [record] = recordsOf(eventOf("sqs", { eventSource: "aws:sqs", messageId }), "sqs");
      expect(record?.itemIdentifier).toBe("");
    }
    for (const place of [{ topic: 1 }, { partition: "3" }, { offset: 1.5 }, { offset: null }]) {
      const record = { topic: "orders", partition: 3, offset: 15, ...place };
      expect(recordsOf(eventOf("kafka", record), "kafka")[0]?.itemIdentifier).toBe("");
    }
  });

  it("have an id that is printable and bounded, whatever was sent", () => {
    const messageId = `a\n${"b".repeat(1_000)}`;
    const [record] = recordsOf(eventOf("sqs", { eventSource: "aws:sqs", messageId }), "sqs");
    expect(record?.id).toHaveLength(128);
    expect(record?.id).toMatch(/^a\\u\{a\}b+…$/);
    const topic = `${"t".repeat(300)}\u202e`;
    const [message] = recordsOf(eventOf("kafka", { topic, partition: 0, offset: 1 }), "kafka");
    expect(message?.id).toHaveLength(128);
  });

  it("are in order by message group in a FIFO queue alone", () => {
    const groupOf = (fields: object): string | undefined =>
      recordsOf(eventOf("sqs", { eventSource: "aws:sqs", ...fields }), "sqs")[0]?.orderGroup;
    const attributes = { MessageGroupId: "customer-1" };
    expect(groupOf({ attributes, eventSourceARN: "arn:aws:sqs:eu-west-1:1:orders.fifo" })).toBe(
      "customer-1",
    );
    expect(
      groupOf({ attributes, eventSourceARN: "arn:aws:sqs:eu-west-1:1:orders" }),
    ).toBeUndefined();
    expect(groupOf({ attributes, eventSourceARN: 7 })).toBeUndefined();
    expect(
      groupOf({ attributes: { MessageGroupId: 1 }, eventSourceARN: "a.fifo" }),
    ).toBeUndefined();
    expect(groupOf({ eventSourceARN: "a.fifo" })).toBeUndefined();
  });

  it("of Kafka are read whatever stands for their topic, even what no text can be made of", () => {
    const topic = { toString: 1, valueOf: 1 };
    const [message] = recordsOf(eventOf("kafka", { topic, partition: 0, offset: 1 }), "kafka");
    expect(message).toMatchObject({ id: "", itemIdentifier: "", orderGroup: "" });
  });

  it("of several Kafka partitions keep the order of each", () => {
    const records = {
      "a-0": [
        { topic: "a", partition: 0, offset: 1 },
        { topic: "a", partition: 0, offset: 2 },
      ],
      "b-1": [{ topic: "b", partition: 1, offset: 9 }],
    };
    const ids = recordsOf({ records }, "kafka").map(({ id }) => id);
    expect(ids).toEqual(["a-0:1", "a-0:2", "b-1:9"]);
  });

  it("may be none", () => {
    expect(recordsOf({ Records: [] }, "sqs")).toEqual([]);
    expect(recordsOf({ records: {} }, "kafka")).toEqual([]);
    expect(recordsOf({}, "kafka")).toEqual([]);
  });

  it.each<[string, RecordSource, object]>([
    ["null among the messages", "sqs", { Records: [{ eventSource: "aws:sqs" }, null] }],
    ["text among the messages", "sqs", { Records: ["x"] }],
    [
      "a notification among the messages",
      "sqs",
      { Records: [{ eventSource: "aws:sqs" }, { EventSource: "aws:sns" }] },
    ],
    [
      "a message that names two sources",
      "sqs",
      { Records: [{ eventSource: "aws:s3", EventSource: "aws:sqs" }] },
    ],
    ["null among the records of a delivery stream", "firehose", { records: [null] }],
    ["text in a partition", "kafka", { records: { "a-0": ["x"] } }],
    ["nothing where the messages are", "sqs", { Record: { eventSource: "aws:sqs" } }],
    ["nothing where the records of a delivery stream are", "firehose", {}],
    ["a partition that is no list", "kafka", { records: { "a-0": { offset: 1 } } }],
  ])("that no service sends are refused: %s", (_title, source, event) => {
    const read = (): unknown => recordsOf(event, source);
    expect(read).toThrow(TypeError);
    expect(read).toThrow(
      `@middy-hardening/core: a ${source} event has an entry that is no record of it.`,
    );
  });
});

describe("an event with other records", () => {
  it.each(RECORDS)("of %s is a copy that differs in nothing else", (source, record) => {
    const event = Object.freeze({ ...eventOf(source, record), tenant: "t1" });
    const records = recordsOf(event, source).map((one) => ({
      ...one,
      fields: { ...one.fields, seen: 1 },
    }));
    const changed = withRecords(event, source, records);
    expect(recordsOf(changed, source).map(({ fields }) => fields)).toMatchObject([
      { ...record, seen: 1 },
    ]);
    expect(changed).toHaveProperty("tenant", "t1");
    expect(event).not.toHaveProperty("seen");
  });

  it("of Kafka keeps its partitions apart, and has those alone of which a record is left", () => {
    const event = {
      records: {
        "a-0": [
          { topic: "a", partition: 0, offset: 1 },
          { topic: "a", partition: 0, offset: 2 },
        ],
        "b-1": [{ topic: "b", partition: 1, offset: 9 }],
        "c-0": [{ topic: "c", partition: 0, offset: 4 }],
      },
    };
    const [, second, third] = recordsOf(event, "kafka");
    const { records } = withRecords(
      event,
      "kafka",
      [second, third].flatMap((one) => one ?? []),
    ) as typeof event;
    expect(records).toStrictEqual({
      "a-0": [event.records["a-0"][1]],
      "b-1": event.records["b-1"],
    });
  });

  it("stays as it is when it is one record and that is left out", () => {
    const event = { id: "1", detail: {} };
    expect(withRecords(event, "eventbridge", [])).toBe(event);
  });
});

describe("the place of payloads", () => {
  it("is known for each source of records, and for no other", () => {
    expect(RECORDS.map(([source]) => payloadPlaceOf(source).path.join("."))).toEqual([
      "awslogs.data",
      "dynamodb",
      "detail",
      "data",
      "value",
      "kinesis.data",
      "s3",
      "ses",
      "Sns.Message",
      "body",
    ]);
    expect(isRecordSource("direct")).toBe(false);
    expect(isRecordSource("api-gateway-rest")).toBe(false);
  });

  const folder = fileURLToPath(new URL("../../../../shared/events/", import.meta.url));
  const hasSamples = existsSync(folder);
  const reason = hasSamples ? "" : " (skipped: ../shared/events is not there)";
  it.skipIf(!hasSamples)(`is where real events have one${reason}`, () => {
    const samples = globSync("**/*.json", { cwd: folder });
    const seen = new Set<string>();
    for (const sample of samples) {
      const event: object = JSON.parse(readFileSync(`${folder}${sample}`, "utf8"));
      const source = eventSourceOf(event);
      if (!isRecordSource(source)) continue;
      seen.add(source);
      for (const { fields, id } of recordsOf(event, source)) {
        expect(id, sample).not.toBe("");
        const payload = payloadPlaceOf(source).path.reduce<unknown>(
          (value, name) => (value as Record<string, unknown>)[name],
          fields,
        );
        expect(payload, sample).toBeTypeOf(
          payloadPlaceOf(source).encoding === "value" ? "object" : "string",
        );
      }
    }
    expect([...seen].sort()).toEqual(RECORDS.map(([source]) => source));
  });
});
