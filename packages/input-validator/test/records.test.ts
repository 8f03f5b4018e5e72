import middy, { type MiddlewareObj } from "@middy/core";
import { atSettlement, settle } from "@middy-hardening/core";
import { invoke, lambdaContext } from "@middy-hardening/testing";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type InputValidatorOptions, inputValidator } from "../src/index.ts";
import {
  busEvent,
  changes,
  deliver,
  delivery,
  failures,
  logs,
  notification,
  objectCreated,
  partition,
  payloads,
  queue,
  shard,
} from "./batch.ts";
import { post, send } from "./support.ts";

const record = z.strictObject({ sku: z.string(), quantity: z.int().max(100).default(1) });
const good = { sku: "A" };
const bad = { sku: 7 };
const typed = { sku: "A", quantity: 1 };

const later = async <Value>(value: Value): Promise<Value> => {
  await new Promise((resolve) => setImmediate(resolve));
  return value;
};

const standard = (validate: StandardSchemaV1["~standard"]["validate"]): StandardSchemaV1 => ({
  "~standard": { version: 1, vendor: "test", validate },
});

describe("the options for records", () => {
  it.each<[unknown, string]>([
    [{ record: {} }, 'option "record" must be a Standard Schema'],
    [{ record, onInvalidRecord: "skip" }, 'option "onInvalidRecord" must be "report" or "drop" or'],
    [{ record, recordType: "xml" }, 'option "recordType" must be "json" or "gzip-json" or "text"'],
    [{ record, envelope: "s3" }, 'option "envelope" must be "sns" or "eventbridge"'],
    [{ record, maxDecompressedBytes: -1 }, 'option "maxDecompressedBytes" must be a whole number'],
    [
      { record, eventSource: "sns", onInvalidRecord: "report" },
      'option "onInvalidRecord" cannot be "report" for sns',
    ],
    [
      { record, eventSource: "dynamodb", recordType: "text" },
      'option "recordType" is of no use for dynamodb, whose records are JSON as they are.',
    ],
    [
      { record, eventSource: "cloudwatch-logs", envelope: "sns" },
      'option "envelope" is of no use for cloudwatch-logs',
    ],
    [{ record, eventSource: "alb" }, "an event of alb has no records to validate."],
    [{ body: record, eventSource: "sqs" }, "an event of sqs has no body, query, path or headers"],
  ])("that are wrong are refused when the function is made: %j", (options, message) => {
    const make = (): unknown => inputValidator(options as InputValidatorOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`@middy-hardening/input-validator: ${message}`);
  });

  it.each<InputValidatorOptions>([
    { record, eventSource: "kafka", onInvalidRecord: "report" },
    { record, eventSource: "sns", onInvalidRecord: "drop" },
    { record, eventSource: "s3", recordType: "json" },
    { record, eventSource: "firehose", recordType: "text" },
    { eventSource: "alb", onInvalidRecord: "report" },
    { eventSource: "sqs" },
  ])("that fit each other are taken: %j", (options) => {
    expect(inputValidator(options)).toHaveProperty("before");
  });

  it("give hooks with names", () => {
    const { before, after, onError } = inputValidator({ record });
    expect([before?.name, after?.name, onError?.name]).toEqual([
      "inputValidatorBefore",
      "inputValidatorAfter",
      "inputValidatorOnError",
    ]);
  });
});

describe("a poison message in a batch of ten", () => {
  const bodies: unknown[] = Array.from({ length: 10 }, () => good);

  it.each<[string, unknown, string]>([
    ["of the wrong type", bad, "input_validation_fail: record 4 #/sku (validation_failed, report)"],
    ["that is no JSON", "{", "input_validation_fail: record 4 (malformed_json, report)"],
    [
      "of an unknown field",
      { ...good, s3cr3t: 1 },
      "malicious_extraneous: record 4 # (validation_failed, report)",
    ],
    [
      "that would change a prototype",
      '{"__proto__":{"admin":1}}',
      "malicious_extraneous: record 4 (forbidden_name, report)",
    ],
    [
      "that would change it another way",
      '{"constructor":{"prototype":{}}}',
      "malicious_extraneous: record 4 (forbidden_name, report)",
    ],
    [
      "with half a character",
      '{"sku":"\\ud800"}',
      "input_validation_fail: record 4 (invalid_encoding, report)",
    ],
    ["that is empty", "", "input_validation_fail: record 4 (malformed_json, report)"],
  ])("%s is reported and told by its id, and the nine others run", async (_what, body, told) => {
    const answer = await deliver({ record }, queue(...bodies.with(3, body)));
    expect(payloads(answer, "body")).toEqual(Array(9).fill(typed));
    expect(payloads(answer, "messageId")).not.toContain("4");
    expect(answer.response).toEqual(failures("4"));
    expect(answer.told).toEqual([told]);
    expect(JSON.stringify(answer.told)).not.toContain("s3cr3t");
  });

  it("is dropped where that is asked for, and acknowledged", async () => {
    const answer = await deliver({ record, onInvalidRecord: "drop" }, queue(good, bad, good));
    expect(payloads(answer, "messageId")).toEqual(["1", "3"]);
    expect(answer.response).toBeNull();
    expect(answer.told).toEqual([
      "input_validation_fail: record 2 #/sku (validation_failed, drop)",
    ]);
  });

  it("fails the whole batch where that is asked for, and the first one is told", async () => {
    const answer = await deliver({ record, onInvalidRecord: "fail" }, queue(good, bad, "{"));
    expect(answer.event).toBeUndefined();
    expect(answer.error).toBe("PublicError: Record 2 is not valid.");
    expect(answer.told).toEqual([
      "input_validation_fail: record 2 #/sku (validation_failed, fail)",
    ]);
  });

  it("that is all there is ends the invocation with its report, and no handler runs", async () => {
    const answer = await deliver({ record }, queue(bad, "{"));
    expect(answer.event).toBeUndefined();
    expect(answer.response).toEqual(failures("1", "2"));
  });

  it("is reported beside those that the handler reports, and its answer keeps what else it has", async () => {
    const answer = await deliver({ record }, queue(good, bad, good), () => ({
      ...failures("3"),
      tenant: "t1",
    }));
    expect(answer.response).toEqual({ ...failures("3", "2"), tenant: "t1" });
  });

  it("beside a handler that fails leaves the batch failed, so that nothing is lost", async () => {
    const answer = await deliver({ record }, queue(good, bad), () => {
      throw new Error("database is down");
    });
    expect(answer.error).toBe("Error: database is down");
  });

  it("beside a handler whose failure becomes an answer further out is still reported", async () => {
    const nothing = (): void => {};
    const answering: MiddlewareObj = {
      before: (request) => atSettlement(request, nothing),
      onError: (request) => {
        request.response = failures("1");
        settle(request, nothing);
      },
    };
    const handler = middy()
      .use(answering)
      .use(inputValidator({ record }))
      .handler(async () => {
        throw new Error("deadline");
      });
    const { result } = await invoke(handler, queue(good, bad));
    expect(result).toEqual(failures("1", "2"));
  });

  it("of several kinds of problems is told with the places alone, the values off a list by their event", async () => {
    const schema = z.object({ kind: z.enum(["a", "b"]), items: z.array(z.int()) });
    const answer = await deliver(
      { record: schema },
      queue({ kind: "c", items: [] }, { kind: "c", items: [1, "x"] }),
    );
    expect(answer.told).toEqual([
      "input_validation_discrete_fail: record 1 #/kind (validation_failed, report)",
      "input_validation_fail: record 2 #/kind #/items/1 (validation_failed, report)",
    ]);
  });
});

describe("a FIFO queue", () => {
  const event = {
    Records: queue(good, good, bad, good, good).Records.map((message, index) => ({
      ...message,
      eventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:orders.fifo",
      attributes: { MessageGroupId: ["a", "b", "a", "b", "a"][index] },
    })),
  };

  it("delivers a bad message and those after it in its group again, and no other", async () => {
    const answer = await deliver({ record }, event);
    expect(payloads(answer, "messageId")).toEqual(["1", "2", "4"]);
    expect(answer.response).toEqual(failures("3", "5"));
  });

  it("goes on behind a bad message that is dropped", async () => {
    const answer = await deliver({ record, onInvalidRecord: "drop" }, event);
    expect(payloads(answer, "messageId")).toEqual(["1", "2", "4", "5"]);
  });
});

describe("a shard", () => {
  it.each([
    ["Kinesis", shard(good, good, bad, good, "{")],
    ["DynamoDB", changes(...[{}, {}, { NewImage: 1 }, {}, { NewImage: 2 }])],
  ])(
    "of %s gives the handler the records before a bad one, and is retried from there",
    async (_name, event) => {
      const seen: unknown[] = [];
      const schema = standard((value) => {
        seen.push(value);
        return (value as { sku?: unknown }).sku === 7 ? { issues: [] } : { value };
      });
      const answer = await deliver({ record: schema }, event);
      expect(answer.event?.["Records"]).toHaveLength(2);
      expect(answer.response).toEqual(failures("3"));
      expect(answer.told).toHaveLength(1);
      // Nothing behind it is even looked at: it comes again.
      expect(seen.length).toBeLessThan(4);
    },
  );

  it("goes on behind a bad record that is dropped", async () => {
    const answer = await deliver({ record, onInvalidRecord: "drop" }, shard(good, bad, good));
    expect(payloads(answer, "kinesis")).toMatchObject([
      { sequenceNumber: "1", data: typed },
      { sequenceNumber: "3", data: typed },
    ]);
    expect(answer.response).toBeNull();
  });

  it("whose bad record cannot be named fails as a whole", async () => {
    const event = shard(good, bad);
    event.Records[1] = { eventSource: "aws:kinesis" };
    const answer = await deliver({ record }, event);
    expect(answer.event).toBeUndefined();
    expect(answer.told).toEqual(["input_validation_fail: record  (malformed_record, fail)"]);
  });
});

describe("a Kafka batch", () => {
  it("fails with a bad record, since only some of its triggers take a report", async () => {
    const answer = await deliver({ record }, partition(good, bad));
    expect(answer.error).toBe("PublicError: Record orders-0:2 is not valid.");
  });

  it("reports it and those after it in its partition where that is asked for", async () => {
    const answer = await deliver({ record, onInvalidRecord: "report" }, partition(good, bad, good));
    expect(answer.event?.["records"]).toMatchObject({ "orders-0": [{ offset: 1, value: typed }] });
    expect(answer.response).toEqual(
      failures({ partition: "orders-0", offset: 2 }, { partition: "orders-0", offset: 3 }),
    );
  });
});

describe("a Firehose batch", () => {
  it("has a result for each bad record beside those of the handler", async () => {
    const done = { recordId: "1", result: "Ok", data: "" };
    const handle = (): unknown => ({ records: [done] });
    const reported = await deliver({ record }, delivery(good, "{"), handle);
    expect(payloads(reported, "data")).toEqual([typed]);
    expect(reported.response).toEqual({
      records: [done, { recordId: "2", result: "ProcessingFailed", data: "ew==" }],
    });
    const dropped = await deliver({ record, onInvalidRecord: "drop" }, delivery(good, "{"), handle);
    expect(dropped.response).toEqual({ records: [done, { recordId: "2", result: "Dropped" }] });
  });
});

describe("a trigger without partial batch responses", () => {
  it.each([
    ["SNS", notification(bad)],
    ["EventBridge", busEvent(bad)],
    ["S3", objectCreated(7)],
    ["CloudWatch Logs", logs(bad)],
  ])(
    "fails for a record that is not valid, so that it is retried or kept: %s",
    async (_name, event) => {
      for (const onInvalidRecord of [undefined, "report", "fail"] as const) {
        const answer = await deliver({ record, onInvalidRecord }, event);
        expect(answer.event).toBeUndefined();
        expect(answer.error).toMatch(/^PublicError: Record (?:1|awslogs) is not valid\.$/);
        expect(answer.told[0]).toContain(", fail)");
      }
    },
  );

  it("answers a dropped one as done", async () => {
    const answer = await deliver({ record, onInvalidRecord: "drop" }, busEvent(bad));
    expect([answer.event, answer.response, answer.error]).toEqual([undefined, null, undefined]);
  });
});

describe("an event that was sent by hand", () => {
  it.each<[string, (event: { Records: unknown[] }) => void]>([
    ["null among its records", ({ Records }) => Records.splice(3, 0, null)],
    ["a record of another service", ({ Records }) => Records.splice(1, 0, ...notificationRecords)],
  ])("with %s is refused as a whole", async (_what, spoil) => {
    const event = queue(good, good, good);
    spoil(event);
    const answer = await deliver({ record, onInvalidRecord: "drop" }, event);
    expect(answer.event).toBeUndefined();
    expect(answer.error).toContain("a sqs event has an entry that is no record of it.");
  });
  const notificationRecords = Object.values(notification(good))[0] as unknown[];

  it.each<[string, object]>([
    ["a body that is no text", { body: good }],
    ["no body", { body: undefined }],
    ["null for a body", { body: null }],
  ])("with a message that has %s has it reported", async (_what, parts) => {
    const event = queue(good, good);
    Object.assign(event.Records[1] ?? {}, parts);
    const answer = await deliver({ record }, event);
    expect(answer.response).toEqual(failures("2"));
    expect(answer.told).toEqual(["input_validation_fail: record 2 (malformed_record, report)"]);
  });

  it.each<[string, unknown]>([
    ["a direct call", { Records: [{ body: "{}" }] }],
    ["no records", { Records: [] }],
    ["nothing", null],
    ["another trigger", { userPoolId: "p", triggerSource: "t", request: {} }],
  ])("as %s is refused where records are to be validated", async (_what, event) => {
    const answer = await deliver({ record }, event);
    expect(answer.event).toBeUndefined();
    expect(answer.error).toMatch(
      /expected an event of records, but got one of (?:cognito\.$|direct\. If )/,
    );
  });
});

describe("an event that is no JSON, from a handler called by hand", () => {
  it("whose parts throw when they are read is nothing that could be validated", async () => {
    const message = {
      ...queue(good).Records[0],
      get body(): string {
        throw new Error("no");
      },
    };
    const handler = middy()
      .use(inputValidator({ record, onInvalidRecord: "drop" }))
      .handler(async () => "done");
    const attempt = handler({ Records: [message] } as never, lambdaContext());
    await expect(attempt).rejects.toThrow("no");
  });
});

describe("a function that serves both HTTP and a queue", () => {
  const options = { body: z.object({ id: z.string() }), record };

  it("has the body of one and the records of the other validated", async () => {
    const answer = await send(options, post('{"id":"1"}'));
    expect(answer.event?.["body"]).toEqual({ id: "1" });
    expect((await send(options, post("{}"))).status).toBe(422);
    expect(payloads(await deliver(options, queue(good)), "body")).toEqual([typed]);
  });

  it("is not called by anything else", async () => {
    const answer = await deliver(options, { body: good });
    expect(answer.error).toContain("expected an event of an HTTP integration or records, but got");
  });

  it("is not called by HTTP when its records alone have a schema", async () => {
    const answer = await send({ record }, post("{}"));
    expect(answer.event).toBeUndefined();
    expect(answer.logged).toContain(
      "expected an event of records, but got one of api-gateway-http",
    );
  });
});

describe("the event of a batch", () => {
  it("is judged by its schema first, and has its records in what that returns", async () => {
    const event = z
      .object({ Records: z.array(z.unknown()).max(2) })
      .transform(() => ({ tenant: "t1" }));
    const answer = await deliver({ event, record }, queue(good, bad));
    expect(answer.event).toMatchObject({
      tenant: "t1",
      Records: [{ messageId: "1", body: typed }],
    });
    expect(answer.response).toEqual(failures("2"));
    const refused = await deliver({ event, record }, queue(good, good, good));
    expect(refused.error).toBe("PublicError: The request is not valid.");
  });

  it("of EventBridge has its detail in what its schema returns", async () => {
    const event = z.object({ source: z.string().toUpperCase() });
    const answer = await deliver({ event, record }, busEvent(good));
    expect(answer.event).toEqual({ source: "SHOP", detail: typed });
  });

  it("and its schema may be asynchronous", async () => {
    const event = standard(async (value) => await later({ value }));
    const answer = await deliver({ event, record }, queue(good, bad));
    expect(payloads(answer, "body")).toEqual([typed]);
    expect(answer.response).toEqual(failures("2"));
  });

  it("is not changed for others who hold it, and may be frozen and delivered again", async () => {
    const event = queue(good, bad);
    const before = JSON.stringify(event);
    for (const message of event.Records) Object.freeze(message);
    Object.freeze(event.Records);
    const handler = middy()
      .use(inputValidator({ record }))
      .handler(async ({ Records }) => ({ seen: Records.map(({ body }) => body) }));
    for (let count = 0; count < 2; count++) {
      const response = await handler(Object.freeze(event) as never, lambdaContext());
      expect(response).toEqual({ seen: [typed], ...failures("2") });
    }
    expect(JSON.stringify(event)).toBe(before);
  });

  it("with a response schema has the handler's own answer judged before it is completed", async () => {
    const response = z.strictObject({ batchItemFailures: z.array(z.unknown()).max(1) });
    for (const schema of [
      response,
      standard(async (value) => await later(response["~standard"].validate(value))),
    ]) {
      const options = { record, response: schema };
      const answer = await deliver(options, queue(good, bad, good), () => failures("3"));
      expect(answer.response).toEqual(failures("3", "2"));
      const wrong = await deliver(options, queue(good, bad), () => ({ any: 1 }));
      expect(wrong.error).toContain("The response does not match its schema.");
    }
  });
});

describe("asynchronous schemas", () => {
  const schema = standard(async (value) => {
    const outcome = await record["~standard"].validate(await later(value));
    return outcome;
  });

  it("are awaited, record by record in order", async () => {
    let underWay = 0;
    let most = 0;
    const counted = standard(async (value) => {
      most = Math.max(most, ++underWay);
      const outcome = await schema["~standard"].validate(value);
      underWay--;
      return outcome;
    });
    const answer = await deliver({ record: counted }, queue(good, bad, good));
    expect(payloads(answer, "body")).toEqual([typed, typed]);
    expect(answer.response).toEqual(failures("2"));
    expect(most).toBe(1);
  });

  it("stop at the first bad record of a shard, and where the batch fails", async () => {
    const answer = await deliver({ record: schema }, shard(good, bad, good));
    expect(answer.response).toEqual(failures("2"));
    const failed = await deliver({ record: schema, onInvalidRecord: "fail" }, queue(bad, bad));
    expect(failed.told).toHaveLength(1);
  });

  it("end the invocation when no record is left", async () => {
    const answer = await deliver({ record: schema, onInvalidRecord: "drop" }, queue(bad));
    expect([answer.event, answer.response]).toEqual([undefined, null]);
  });

  it("of invocations that overlap do not mix their records", async () => {
    const handler = middy()
      .use(inputValidator({ record: schema }))
      .handler(async ({ Records }) => ({ seen: Records.map(({ body }) => body) }));
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, id) =>
        invoke(handler, queue({ sku: `s${id}` }, id % 2 === 0 ? bad : { sku: `t${id}` })),
      ),
    );
    for (const [id, { result }] of answers.entries()) {
      const seen = [`s${id}`, ...(id % 2 === 0 ? [] : [`t${id}`])];
      expect(result).toEqual({
        seen: seen.map((sku) => ({ sku, quantity: 1 })),
        ...(id % 2 === 0 && failures("2")),
      });
    }
  });
});

describe("a batch of 10,000 records", () => {
  const bodies = Array.from({ length: 10_000 }, (_, index) => (index % 100 === 99 ? bad : good));

  it.each<[string, StandardSchemaV1]>([
    ["a synchronous schema", record],
    ["an asynchronous one", standard(async (value) => record["~standard"].validate(value))],
  ])("is validated by %s without running out of stack", async (_what, schema) => {
    const answer = await deliver({ record: schema }, queue(...bodies));
    expect(payloads(answer, "body")).toHaveLength(9_900);
    expect((answer.response as { batchItemFailures: unknown[] }).batchItemFailures).toHaveLength(
      100,
    );
  });

  it("costs no promise with a synchronous schema", () => {
    const request = { event: queue(...bodies), context: lambdaContext(), internal: {} };
    expect(inputValidator({ record }).before?.(request as never)).toBeUndefined();
  });
});

describe("a schema that throws", () => {
  type Tree = { child?: Tree | undefined };
  const tree: z.ZodType<Tree> = z.object({
    get child() {
      return tree.optional();
    },
  });

  it("because one record used up its stack has that record reported", async () => {
    const deep = `${'{"child":'.repeat(200_000)}{}${"}".repeat(200_000)}`;
    const answer = await deliver({ record: tree }, queue({}, deep, {}));
    expect(payloads(answer, "messageId")).toEqual(["1", "3"]);
    expect(answer.told).toEqual(["input_validation_fail: record 2 (too_deep, report)"]);
  });

  it("for another reason is a defect: the batch fails and is delivered again", async () => {
    const defect = standard(() => {
      throw new TypeError("no such table");
    });
    const answer = await deliver({ record: defect, onInvalidRecord: "drop" }, queue(good));
    expect(answer.event).toBeUndefined();
    expect(answer.error).toBe("TypeError: no such table");
  });
});
