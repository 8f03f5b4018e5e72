import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { eventSourceOf, isRecordSource, payloadPlaceOf, recordsOf } from "@middy-hardening/core";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { InputValidatorOptions } from "../src/index.ts";
import {
  type Answer,
  base64,
  busEvent,
  changes,
  deliver,
  delivery,
  failures,
  logs,
  mail,
  notification,
  objectCreated,
  partition,
  payloads,
  queue,
  shard,
} from "./batch.ts";

const any = z.unknown();

/** What the handler got of an event's only record, or the code with which that was refused. */
async function read(event: object, options: InputValidatorOptions = {}): Promise<unknown> {
  const source = eventSourceOf(event);
  if (!isRecordSource(source)) return source;
  const answer = await deliver({ record: any, onInvalidRecord: "fail", ...options }, event);
  return answer.event === undefined ? codeOf(answer) : payloadIn(answer.event);
}

const codeOf = ({ told }: Answer): string => /\((\w+), /.exec(told.join())?.[1] ?? "untold";

function payloadIn(event: object): unknown {
  const source = Object.hasOwn(event, "awslogs") ? "cloudwatch-logs" : eventSourceOf(event);
  if (!isRecordSource(source)) return source;
  const [record] = recordsOf(event, source);
  return payloadPlaceOf(source).path.reduce<unknown>(
    (value, name) => (value as Record<string, unknown>)[name],
    record?.fields,
  );
}

const value = { sku: "Ä", list: [1, null] };

describe("the payload of a record", () => {
  it.each<[string, (payload: unknown) => object]>([
    ["SQS", queue],
    ["SNS", notification],
    ["Kinesis", shard],
    ["Kafka", partition],
    ["Firehose", delivery],
    ["EventBridge", busEvent],
    ["CloudWatch Logs", logs],
  ])("of %s is decoded and stands in its place", async (_source, event) => {
    expect(await read(event(value))).toEqual(value);
  });

  it.each<[string, (payload: unknown) => object]>([
    ["SQS", queue],
    ["SNS", notification],
    ["Kinesis", shard],
    ["Kafka", partition],
    ["Firehose", delivery],
    ["CloudWatch Logs", logs],
  ])("of %s that is not what it should be is refused", async (_source, event) => {
    expect(await read(event("{"))).toBe("malformed_json");
    expect(await read(event('{"__proto__":1}'))).toBe("forbidden_name");
    expect(await read(event('{"\\u005f_proto__":1}'))).toBe("forbidden_name");
    expect(await read(event('{"a":1,"a":2}'))).toEqual({ a: 2 });
    expect(await read(event('{"a":1,"a":2}'), { duplicateKeys: "reject" })).toBe("duplicate_key");
    expect(await read(event('{"a":"\\udc00"}'))).toBe("invalid_encoding");
  });

  it.each<[string, (payload: unknown) => object]>([
    ["Kinesis", shard],
    ["Kafka", partition],
    ["Firehose", delivery],
    ["CloudWatch Logs", logs],
  ])("of %s has to be UTF-8", async (_source, event) => {
    expect(await read(event(Uint8Array.of(0x22, 0xff, 0x22)))).toBe("invalid_encoding");
  });

  it("may begin with a byte order mark, which is no part of it", async () => {
    expect(await read(queue('\ufeff{"a":1}'))).toEqual({ a: 1 });
    expect(await read(shard("\ufeff"), { recordType: "text" })).toBe("");
  });

  it("has to be the base64 that it is sent as", async () => {
    const data = "e30=\n";
    const event = {
      Records: [{ eventSource: "aws:kinesis", kinesis: { sequenceNumber: "1", data } }],
    };
    expect(await read(event)).toBe("invalid_base64");
    expect(await read({ awslogs: { data } })).toBe("invalid_base64");
  });

  it("may be text, which the schema gets as it is", async () => {
    const text = { recordType: "text" } as const;
    expect(await read(queue("Test message."), text)).toBe("Test message.");
    expect(await read(shard("ü"), text)).toBe("ü");
    expect(await read(delivery(""), text)).toBe("");
    expect(await read(queue("\ud800"), text)).toBe("invalid_encoding");
    // Of EventBridge and CloudWatch Logs it never is.
    expect(await read(busEvent(value), text)).toEqual(value);
    expect(await read(logs(value), text)).toEqual(value);
  });

  it("is null for the tombstone of a Kafka key", async () => {
    expect(await read(partition(undefined))).toBeNull();
    expect(await read(partition(undefined), { recordType: "text" })).toBeNull();
    expect(await read(partition(undefined), { record: z.object({}) })).toBe("validation_failed");
  });

  it("leaves all else of its record as it came", async () => {
    const answer = await deliver({ record: any }, partition(value));
    expect(answer.event?.["records"]).toEqual({
      "orders-0": [{ topic: "orders", partition: 0, offset: 1, key: base64("k"), value }],
    });
    const { event } = await deliver({ record: any }, notification(value));
    expect(event).toMatchObject({ Records: [{ Sns: { MessageId: "1", Message: value } }] });
  });
});

describe("an envelope", () => {
  const sns = {
    Type: "Notification",
    MessageId: "m",
    TopicArn: "arn:aws:sns:eu-west-1:123456789012:orders",
    Message: JSON.stringify(value),
  };

  it("of SNS is opened, and its message read as JSON or text", async () => {
    expect(await read(queue(sns), { envelope: "sns" })).toEqual(value);
    expect(await read(delivery(sns), { envelope: "sns" })).toEqual(value);
    expect(await read(queue(sns), { envelope: "sns", recordType: "text" })).toBe(sns.Message);
  });

  it("of EventBridge is opened", async () => {
    expect(await read(queue(busEvent(value)), { envelope: "eventbridge" })).toEqual(value);
    expect(await read(shard(busEvent(0)), { envelope: "eventbridge" })).toBe(0);
  });

  it("that is not asked for is content like any other, however much it looks like one", async () => {
    expect(await read(queue(sns))).toEqual(sns);
    expect(await read(queue(busEvent(value)))).toEqual(busEvent(value));
  });

  it.each<[string, unknown]>([
    ["the message itself, as raw delivery has it", value],
    ["another kind of SNS message", { ...sns, Type: "UnsubscribeConfirmation" }],
    ["a message that is no text", { ...sns, Message: value }],
    ["no topic", { ...sns, TopicArn: undefined }],
    ["an envelope of the other service", busEvent(value)],
    ["null", null],
    ["a number", 7],
  ])("of SNS that is asked for has to be there: %s", async (_what, body) => {
    expect(await read(queue(body), { envelope: "sns" })).toBe("no_envelope");
  });

  it.each<[string, unknown]>([
    ["the detail itself", value],
    ["no detail", { ...busEvent(value), detail: undefined }],
    ["no source", { ...busEvent(value), source: 1 }],
    ["an envelope of the other service", sns],
  ])("of EventBridge that is asked for has to be there: %s", async (_what, body) => {
    expect(await read(queue(body), { envelope: "eventbridge" })).toBe("no_envelope");
  });

  it("is guarded as its content is", async () => {
    const exact = { envelope: "sns", duplicateKeys: "reject" } as const;
    expect(await read(queue('{"Message":"{}","Message":"[]"}'), exact)).toBe("duplicate_key");
    expect(await read(queue({ ...sns, Message: '{"a":1,"a":2}' }), exact)).toBe("duplicate_key");
    expect(await read(queue({ ...sns, Message: "{" }), exact)).toBe("malformed_json");
    const hostile = JSON.stringify(busEvent(0)).replace('"detail":0', '"detail":{"__proto__":1}');
    expect(await read(queue(hostile), { envelope: "eventbridge" })).toBe("forbidden_name");
    expect(await read(queue("{"), { envelope: "eventbridge" })).toBe("malformed_json");
  });
});

describe("what the runtime has parsed already", () => {
  it.each<[string, object]>([
    ["EventBridge", busEvent(JSON.parse('{"a":[{"__proto__":{"admin":1}}]}'))],
    ["SES", mail(JSON.parse('{"mail":{"constructor":{"prototype":1}}}'))],
    ["S3", objectCreated("k")],
  ])("is guarded as well: %s", async (source, event) => {
    // Object literals cannot hold the name, but JSON can.
    const text = JSON.stringify(event).replace('"size":1', '"size":1,"__proto__":1');
    const { told } = await deliver({ record: any, onInvalidRecord: "drop" }, JSON.parse(text));
    expect(told, source).toHaveLength(1);
    expect(told[0]).toMatch(/^malicious_extraneous: record \w* \(forbidden_name, drop\)$/);
  });

  it.each<[string, object]>([
    ["EventBridge", busEvent("text")],
    ["DynamoDB", { Records: [{ eventSource: "aws:dynamodb", dynamodb: null }] }],
    ["SES", mail(7 as never)],
    ["S3", { Records: [{ eventSource: "aws:s3", s3: "text" }] }],
  ])("has to be an object: %s", async (_source, event) => {
    expect(await read(event)).toBe("malformed_record");
  });

  it("of SES is the mail and its receipt", async () => {
    const ses = { mail: { messageId: "1", source: "a@example.com" }, receipt: { recipients: [] } };
    expect(await read(mail(ses))).toEqual(ses);
  });
});

describe("the object key of an S3 notification", () => {
  const keyOf = async (key: unknown): Promise<unknown> => {
    const s3 = await read(objectCreated(key));
    return typeof s3 === "string" ? s3 : (s3 as { object: { key: string } }).object.key;
  };

  it.each([
    ["Happy+Face.jpg", "Happy Face.jpg"],
    ["a%2Bb%20c/%C3%A4.txt", "a+b c/ä.txt"],
    ["plain/key-1.txt", "plain/key-1.txt"],
  ])("is decoded: %s", async (written, key) => {
    expect(await keyOf(written)).toBe(key);
  });

  it.each([["%"], ["%zz"], ["%C3"], ["a%ff"]])(
    "that is not well-formed is refused: %s",
    async (written) => {
      expect(await keyOf(written)).toBe("malformed_key");
    },
  );

  it("has to be there, as text", async () => {
    for (const key of [undefined, null, 7, {}]) expect(await keyOf(key)).toBe("malformed_record");
    expect(await read({ Records: [{ eventSource: "aws:s3", s3: { object: null } }] })).toBe(
      "malformed_record",
    );
  });

  it("is what the schema judges, and all else of the notification stays", async () => {
    const record = z.looseObject({
      object: z.looseObject({ key: z.string().regex(/^in\/[^.]+\.csv$/) }),
    });
    expect(await read(objectCreated("in/..%2Fetc%2Fpasswd"), { record })).toBe("validation_failed");
    expect(await read(objectCreated("in/a+b.csv"), { record })).toEqual({
      bucket: { name: "uploads" },
      object: { key: "in/a b.csv", size: 1 },
    });
  });
});

describe("gzip", () => {
  it("is what CloudWatch Logs send, and what other records are where that is said", async () => {
    const zipped = gzipSync(JSON.stringify(value));
    const gzip = { recordType: "gzip-json" } as const;
    expect(await read(logs(value), gzip)).toEqual(value);
    expect(await read(shard(zipped), gzip)).toEqual(value);
    expect(await read(queue(base64(zipped)), gzip)).toEqual(value);
    expect(await read(shard(zipped))).toBe("invalid_encoding");
    expect(await read(shard(value), gzip)).toBe("malformed_gzip");
    expect(await read(queue(value), gzip)).toBe("invalid_base64");
    expect(await read(shard(gzipSync("7")), { ...gzip, envelope: "sns" })).toBe("no_envelope");
  });

  it("is bounded: a bomb is refused before it is unpacked", async () => {
    const bomb = logs(Buffer.alloc(20_000_000, " "));
    expect(await read(bomb)).toBe("too_large");
    expect(await read(bomb, { maxDecompressedBytes: Number.POSITIVE_INFINITY })).toBe(
      "malformed_json",
    );
  });

  it("may be as large as its bound, and not one byte larger", async () => {
    const content = { logGroup: "g".repeat(100) };
    const bytes = JSON.stringify(content).length;
    expect(await read(logs(content), { maxDecompressedBytes: bytes })).toEqual(content);
    expect(await read(logs(content), { maxDecompressedBytes: bytes - 1 })).toBe("too_large");
    expect(await read(logs(content), { maxDecompressedBytes: 0 })).toBe("too_large");
    expect(await read(logs(7), { maxDecompressedBytes: 0 })).toBe("too_large");
  });

  it("is bounded for all records of an event together: many small bombs are one large one", async () => {
    const gzip = { recordType: "gzip-json", maxDecompressedBytes: 250 } as const;
    const hundred = gzipSync(JSON.stringify("x".repeat(98)));
    const answer = await deliver(
      { record: any, ...gzip },
      queue(...Array(4).fill(base64(hundred))),
    );
    expect(payloads(answer, "messageId")).toEqual(["1", "2"]);
    expect(answer.response).toEqual(failures("3", "4"));
    // Not of the next event: the messages come again.
    const next = await deliver({ record: any, ...gzip }, queue(base64(hundred)));
    expect(payloads(next, "messageId")).toEqual(["1"]);
  });

  it("leaves the room of a bomb that is no JSON to the records beside it", async () => {
    const gzip = { recordType: "gzip-json", maxDecompressedBytes: 250 } as const;
    const bomb = base64(gzipSync(" ".repeat(250)));
    const wrong = base64(gzipSync(JSON.stringify("x".repeat(240))));
    const good = base64(gzipSync(JSON.stringify(["x".repeat(100)])));
    const answer = await deliver(
      { record: z.array(any), ...gzip, onInvalidRecord: "drop" },
      queue(bomb, wrong, good),
    );
    expect(payloads(answer, "messageId")).toEqual(["3"]);
  });

  it("never drops a record for which others left no room: the batch fails and comes again", async () => {
    const gzip = { recordType: "gzip-json", maxDecompressedBytes: 250 } as const;
    const large = base64(gzipSync(JSON.stringify("x".repeat(200))));
    const bomb = base64(gzipSync(" ".repeat(1000)));
    const answer = await deliver(
      { record: any, ...gzip, onInvalidRecord: "drop" },
      queue(large, bomb, large),
    );
    expect(answer.error).toBe("PublicError: Record 3 is not valid.");
    expect(answer.told).toEqual(["input_validation_fail: record 3 (no_room, fail)"]);
  });

  it("has to be gzip, and whole", async () => {
    const zipped = gzipSync('{"a":1}');
    for (const bytes of [Buffer.from("{}"), zipped.subarray(0, -9), Buffer.alloc(0)]) {
      expect(await read({ awslogs: { data: bytes.toString("base64") } })).toBe("malformed_gzip");
    }
  });
});

describe("the images of a DynamoDB stream", () => {
  const item = async (
    attributes: unknown,
    options: InputValidatorOptions = {},
  ): Promise<unknown> => {
    const dynamodb = await read(changes({ NewImage: attributes }), options);
    return typeof dynamodb === "string" ? dynamodb : (dynamodb as { NewImage: unknown }).NewImage;
  };

  /** The values of the attributes, as the handler got them: those that have no JSON are looked at in place. */
  const plain = async (attribute: unknown): Promise<unknown> =>
    ((await item({ a: attribute })) as { a: unknown }).a;

  it.each<[string, unknown, unknown]>([
    ["a string", { S: "x" }, "x"],
    ["an empty string", { S: "" }, ""],
    ["true", { BOOL: true }, true],
    ["null", { NULL: true }, null],
    ["bytes", { B: "AAH/" }, Uint8Array.of(0, 1, 255)],
    ["a list", { L: [{ N: "1" }, { L: [] }] }, [1, []]],
    ["a map", { M: { b: { S: "x" }, c: { M: {} } } }, { b: "x", c: {} }],
    ["a set of strings", { SS: ["a", "b"] }, new Set(["a", "b"])],
    ["a set of numbers", { NS: ["1", "9007199254740993"] }, new Set([1, 9007199254740993n])],
    ["a set of bytes", { BS: ["AA=="] }, new Set([Uint8Array.of(0)])],
  ])("hold %s as a plain value", async (_what, attribute, expected) => {
    expect(await plain(attribute)).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ["0", 0],
    ["-12.5", -12.5],
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["-12345678901234567890123456789012345678", -12345678901234567890123456789012345678n],
    ["0.1", 0.1],
    ["0.30000000000000004", 0.30000000000000004],
    ["0.12345678901234567890123456789", "0.12345678901234567890123456789"],
    ["1234567890123456.5", 1234567890123456.5],
    ["12345678901234567.5", "12345678901234567.5"],
    ["1E+30", 1e30],
    ["1E+999", "1E+999"],
    ["1E-999", "1E-999"],
    ["0E+1", 0],
    ["0.0", 0],
    ["1.5e-10", 1.5e-10],
    ["100000.000000000000000", 100000],
  ])("hold the number %s exactly, whatever that takes", async (text, expected) => {
    expect(await plain({ N: text })).toBe(expected);
  });

  it.each([
    [""],
    [" 1"],
    ["0x10"],
    ["NaN"],
    ["Infinity"],
    ["1_0"],
    ["1."],
    ["--1"],
    ["1E9999"],
    ["9".repeat(400_000)],
  ])("hold no number that DynamoDB does not write: %#", async (text) => {
    expect(await item({ a: { N: text } })).toBe("malformed_record");
  });

  it("give each value of bytes memory of its own", async () => {
    const bytes = (await plain({ B: "AAH/" })) as Uint8Array;
    expect(bytes.buffer.byteLength).toBe(3);
  });

  it.each<[string, unknown]>([
    ["no attributes", 7],
    ["null for attributes", null],
    ["a value without its type", { a: "x" }],
    ["null for a value", { a: null }],
    ["a value of no type", { a: {} }],
    ["a value of two types", { a: { S: "x", N: "1" } }],
    ["an unknown type", { a: { X: "x" } }],
    ["a number that is no text", { a: { N: 1 } }],
    ["false for null", { a: { NULL: false } }],
    ["text for true", { a: { BOOL: "true" } }],
    ["a list that is none", { a: { L: {} } }],
    ["a map that is none", { a: { M: "x" } }],
    ["a set of something else", { a: { SS: [1] } }],
    ["a set of lists", { a: { LS: [["x"]] } }],
  ])("that are malformed are refused: %s", async (_what, attributes) => {
    expect(await item(attributes)).toBe("malformed_record");
  });

  it("have bytes that are base64", async () => {
    expect(await item({ a: { B: "AAH" } })).toBe("invalid_base64");
  });

  it.each([
    ['{"__proto__":{"S":"x"}}'],
    ['{"a":{"M":{"__proto__":{"M":{"admin":{"BOOL":true}}}}}}'],
    ['{"constructor":{"M":{"prototype":{"M":{}}}}}'],
    ['{"a":{"L":[{"M":{"constructor":{"M":{"prototype":{"S":"x"}}}}}]}}'],
  ])("have no name that could change a prototype: %s", async (text) => {
    expect(await item(JSON.parse(text))).toBe("forbidden_name");
  });

  it("may be called by names that only look dangerous", async () => {
    const attributes = { constructor: { S: "Acme" }, prototype: { M: {} }, toString: { N: "1" } };
    expect(await item(attributes)).toEqual({ constructor: "Acme", prototype: {}, toString: 1 });
  });

  it.each([
    ["maps", "M", (inner: unknown) => ({ a: inner })],
    ["lists", "L", (inner: unknown) => [inner]],
  ])("nest 32 %s, and no more", async (_what, type, wrap) => {
    const nested = (levels: number): unknown => {
      let attribute: unknown = { S: "x" };
      for (let level = 0; level < levels; level++) attribute = { [type]: wrap(attribute) };
      return { a: attribute };
    };
    expect(await item(nested(32))).toBeTypeOf("object");
    expect(await item(nested(33))).toBe("too_deep");
    const image = `{"a":${`{"M":{"a":`.repeat(100_000)}{"S":"x"}${"}}".repeat(100_000)}}`;
    const text = JSON.stringify(changes({ NewImage: "@" })).replace('"@"', image);
    const answer = await deliver({ record: any, onInvalidRecord: "fail" }, text);
    expect(codeOf(answer)).toBe("too_deep");
  });

  it("are the keys and both images, each where it is, and what names the record stays", async () => {
    const change = {
      Keys: { id: { N: "1" } },
      OldImage: { id: { N: "1" }, sku: { S: "A" } },
      NewImage: { id: { N: "1" }, sku: { S: "B" } },
    };
    expect(await read(changes(change))).toEqual({
      SequenceNumber: "1",
      StreamViewType: "NEW_IMAGE",
      Keys: { id: 1 },
      OldImage: { id: 1, sku: "A" },
      NewImage: { id: 1, sku: "B" },
    });
    // What a schema does not return is gone, and it cannot rename the record.
    const record = z
      .object({ NewImage: z.object({ sku: z.string() }) })
      .transform((images) => ({ ...images, SequenceNumber: "9" }));
    expect(await read(changes(change), { record })).toEqual({
      SequenceNumber: "1",
      StreamViewType: "NEW_IMAGE",
      NewImage: { sku: "B" },
    });
  });
});

const folder = fileURLToPath(new URL("../../../../shared/events/", import.meta.url));
const hasSamples = existsSync(folder);
const reason = hasSamples ? "" : " (skipped: ../shared/events is not there)";

describe.skipIf(!hasSamples)(`real events${reason}`, () => {
  const samples = globSync("**/*.json", { cwd: folder }).flatMap((name) => {
    const event: object = JSON.parse(readFileSync(`${folder}${name}`, "utf8"));
    const source = eventSourceOf(event);
    return isRecordSource(source) ? ([[name, event, source]] as const) : [];
  });

  it.each(samples)("come out decoded: %s", async (name, event, source) => {
    const isText = /sqs\/base|sns\/base|kinesis\/(?:firehose|stream\.)/.test(name);
    const isZipped = name.endsWith("stream-cloudwatch-logs.json");
    const recordType = isZipped ? "gzip-json" : isText ? "text" : "json";
    const seen: unknown[] = [];
    const record = z.unknown().check(({ value: payload }) => void seen.push(payload));
    const { event: received, told } = await deliver({ record, recordType }, event);
    expect(told).toEqual([]);
    expect(seen).toHaveLength(recordsOf(event, source).length);
    for (const payload of seen) expect(payload).toBeTypeOf(isText ? "string" : "object");
    expect(Object.keys(received ?? {})).toEqual(Object.keys(event));
  });

  it("are of every source", () => {
    expect(new Set(samples.map(([, , source]) => source)).size).toBe(10);
  });

  it("hold what they are known to hold", async () => {
    const sample = (name: string): object => JSON.parse(readFileSync(`${folder}${name}`, "utf8"));
    const sns = await deliver({ record: any, envelope: "sns" }, sample("sqs/sns-body.json"));
    expect(payloads(sns, "body")).toEqual([{ message: "hello world" }]);
    const table = await deliver({ record: any }, sample("dynamodb/base.json"));
    expect(payloads(table, "dynamodb")).toMatchObject([
      { Keys: { Id: 101 }, NewImage: { Message: "New item!", Id: 101 } },
      { NewImage: { Message: "This item has changed" } },
    ]);
    const { event } = await deliver({ record: any }, sample("cloudwatch/base.json"));
    expect(event).toMatchObject({ awslogs: { data: { messageType: "DATA_MESSAGE" } } });
    const uploads = await deliver({ record: any }, sample("s3/decoded-key.json"));
    expect(payloads(uploads, "s3")).toMatchObject([{ object: { key: "Happy Face.jpg" } }]);
  });
});
