import { subscribe, unsubscribe } from "node:diagnostics_channel";
import middy, { type MiddlewareObj } from "@middy/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  atSettlement,
  canReport,
  completeBatchResponse,
  completeFailureResponse,
  defaultDisposition,
  eventSourceOf,
  type RecordDisposition,
  type RecordSource,
  recordsOf,
  rejectRecords,
  SECURITY_EVENT_CHANNEL,
  type SecurityEvent,
  settle,
} from "../src/index.ts";

let published: SecurityEvent[] = [];
const listener = (event: unknown): void => {
  published.push(event as SecurityEvent);
};
beforeEach(() => {
  published = [];
  subscribe(SECURITY_EVENT_CHANNEL, listener);
});
afterEach(() => {
  unsubscribe(SECURITY_EVENT_CHANNEL, listener);
});

/** `description: params` of each security event. */
const told = (): string[] =>
  published.map(({ description, params }) => `${description} ${params.join(" ")}`);

const SOURCE = "@middy-hardening/test";

/** A middleware that rejects the records with these ids. */
function rejecting(ids: readonly string[], disposition: RecordDisposition): MiddlewareObj {
  return {
    before: (request) => {
      const event = request.event as object;
      const source = eventSourceOf(event) as RecordSource;
      const records = recordsOf(event, source);
      const rejected = records
        .filter(({ id }) => ids.includes(id))
        .map((record) => ({ record, code: "malformed_json" }));
      return rejectRecords(request, records, rejected, disposition, SOURCE);
    },
    after: (request) => completeBatchResponse(request),
    onError: (request) => settle(request, completeFailureResponse),
  };
}

/** What a trigger is answered, and the ids of the records that the handler got. */
async function answer(
  event: object,
  middlewares: MiddlewareObj | MiddlewareObj[],
  handle: () => unknown = () => undefined,
): Promise<{ response: unknown; handled: readonly string[] | undefined }> {
  let handled: readonly string[] | undefined;
  const handler = middy(async (received: object) => {
    handled = recordsOf(received, eventSourceOf(received) as RecordSource).map(({ id }) => id);
    return handle();
  }).use(middlewares as MiddlewareObj<object>);
  return { response: await handler(event, {} as never), handled };
}

const queue = (...ids: readonly string[]): object => ({
  Records: ids.map((messageId) => ({ eventSource: "aws:sqs", messageId, body: "{}" })),
});

/** Messages `group/id` of a FIFO queue. */
const fifo = (...messages: readonly string[]): object => ({
  Records: messages.map((messageId) => ({
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:orders.fifo",
    messageId,
    body: "{}",
    attributes: { MessageGroupId: messageId.split("/")[0] },
  })),
});

const shard = (...ids: readonly string[]): { Records: object[] } => ({
  Records: ids.map((sequenceNumber) => ({
    eventSource: "aws:kinesis",
    kinesis: { sequenceNumber, data: "" },
  })),
});

const table = (...ids: readonly string[]): object => ({
  Records: ids.map((SequenceNumber) => ({
    eventSource: "aws:dynamodb",
    dynamodb: { SequenceNumber },
  })),
});

const firehose = (...ids: readonly string[]): object => ({
  invocationId: "i",
  deliveryStreamArn: "arn:aws:firehose:eu-west-1:123456789012:deliverystream/d",
  records: ids.map((recordId) => ({ recordId, data: "e30=" })),
});

const failures = (...ids: readonly unknown[]): object => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe("the disposition of a source", () => {
  it("is a report where each of its triggers takes one, and the failure of the batch elsewhere", () => {
    const sources = ["sqs", "kinesis", "dynamodb", "firehose", "kafka", "sns", "s3"] as const;
    expect(sources.map(defaultDisposition)).toEqual([
      "report",
      "report",
      "report",
      "report",
      "fail",
      "fail",
      "fail",
    ]);
    expect(sources.map(canReport)).toEqual([true, true, true, true, true, false, false]);
  });
});

describe("a reported record", () => {
  it("of a queue is taken out, added to the answer and told by its id", async () => {
    const { response, handled } = await answer(queue("1", "2", "3"), rejecting(["2"], "report"));
    expect(handled).toEqual(["1", "3"]);
    expect(response).toEqual(failures("2"));
    expect(published).toMatchObject([
      {
        name: "input_validation_fail",
        params: ["record", "2"],
        outcome: "blocked",
        description: "A record was refused (malformed_json, report).",
        source: SOURCE,
      },
    ]);
  });

  it("leaves the event itself as it came, for the next delivery of the same object", async () => {
    const event = queue("1", "2");
    for (const record of (event as { Records: object[] }).Records) Object.freeze(record);
    Object.freeze(event);
    for (let delivery = 0; delivery < 2; delivery++) {
      const { response, handled } = await answer(event, rejecting(["2"], "report"));
      expect([handled, response]).toEqual([["1"], failures("2")]);
    }
  });

  it("of a FIFO queue takes those after it in its message group along, and no other", async () => {
    const event = fifo("a/1", "b/1", "a/2", "b/2", "a/3");
    const { response, handled } = await answer(event, rejecting(["a/2"], "report"));
    expect(handled).toEqual(["a/1", "b/1", "b/2"]);
    expect(response).toEqual(failures("a/2", "a/3"));
    expect(told()).toEqual([
      "A record was refused (malformed_json, report). record a/2",
      "A record was not processed, as it comes after a refused one (report). record a/3",
    ]);
    expect(published[1]).toMatchObject({ severity: "INFO", outcome: "blocked", source: SOURCE });
  });

  it.each([
    ["Kinesis", shard],
    ["DynamoDB", table],
  ])(
    "of %s leaves those before it, and is the one where the shard goes on",
    async (_name, batch) => {
      const event = batch("1", "2", "3", "4");
      const { response, handled } = await answer(event, rejecting(["2", "4"], "report"));
      expect(handled).toEqual(["1"]);
      expect(response).toEqual(failures("2"));
      expect(told()).toHaveLength(2);
    },
  );

  it("of a shard that a second guard rejects further ahead is where it goes on", async () => {
    const guards = [rejecting(["3"], "report"), rejecting(["2"], "report")];
    const { response, handled } = await answer(shard("1", "2", "3", "4"), guards);
    expect(handled).toEqual(["1"]);
    expect(response).toEqual(failures("2"));
  });

  it("of a Kafka partition takes those after it along", async () => {
    const event = {
      eventSource: "aws:kafka",
      records: {
        "a-0": [0, 1, 2].map((offset) => ({ topic: "a", partition: 0, offset })),
        "b-0": [{ topic: "b", partition: 0, offset: 7 }],
      },
    };
    const { response, handled } = await answer(event, rejecting(["a-0:1"], "report"));
    expect(handled).toEqual(["a-0:0", "b-0:7"]);
    expect(response).toEqual(
      failures({ partition: "a-0", offset: 1 }, { partition: "a-0", offset: 2 }),
    );
  });

  it("of Firehose has a result of its own, beside those of the handler", async () => {
    const done = { recordId: "1", result: "Ok", data: "e30=" };
    const { response, handled } = await answer(
      firehose("1", "2"),
      rejecting(["2"], "report"),
      () => ({ records: [done] }),
    );
    expect(handled).toEqual(["1"]);
    expect(response).toEqual({
      records: [done, { recordId: "2", result: "ProcessingFailed", data: "e30=" }],
    });
  });

  it("of Firehose has that result even if the answer, such as one kept from before, has another", async () => {
    const done = (recordId: string) => ({ recordId, result: "Ok", data: "e30=" });
    const { response } = await answer(firehose("1", "2"), rejecting(["2"], "report"), () => ({
      records: [done("2"), done("1")],
    }));
    expect(response).toEqual({
      records: [done("1"), { recordId: "2", result: "ProcessingFailed", data: "e30=" }],
    });
  });

  it("that is the last one ends the invocation with the report, and no handler runs", async () => {
    const { response, handled } = await answer(queue("1", "2"), rejecting(["1", "2"], "report"));
    expect(handled).toBeUndefined();
    expect(response).toEqual(failures("1", "2"));
  });

  it("without an identifier fails the batch: an empty one would, and another is not there", async () => {
    const event = {
      Records: [{ eventSource: "aws:sqs", body: "{}" }, ...Object.values(queue("2"))[0]],
    };
    await expect(answer(event, rejecting([""], "report"))).rejects.toMatchObject({
      statusCode: 422,
      code: "malformed_json",
    });
    expect(told()).toEqual(["A record was refused (malformed_json, fail). record "]);
  });

  it.each<[string, object]>([
    ["SNS", { Records: [{ EventSource: "aws:sns", Sns: { MessageId: "1", Message: "" } }] }],
    ["EventBridge", { id: "1", source: "a", "detail-type": "b", detail: {} }],
  ])("of %s, which takes no report, fails the invocation", async (_name, event) => {
    await expect(answer(event, rejecting(["1"], "report"))).rejects.toThrow(
      "Record 1 is not valid.",
    );
    expect(told()).toEqual(["A record was refused (malformed_json, fail). record 1"]);
  });
});

describe("the answer of the handler", () => {
  it.each<[string, unknown, object]>([
    ["nothing", undefined, failures("2")],
    ["null", null, failures("2")],
    ["failures of its own", failures("1"), failures("1", "2")],
    ["null for failures", { batchItemFailures: null }, failures("2")],
    [
      "failures that Lambda will refuse",
      { batchItemFailures: ["1"] },
      { batchItemFailures: ["1", { itemIdentifier: "2" }] },
    ],
    ["the state of a window", { state: { sum: 1 } }, { state: { sum: 1 }, ...failures("2") }],
    ["an HTTP response", { statusCode: 200 }, { statusCode: 200, ...failures("2") }],
    ["the results of its work", ["done"], failures("2")],
    ["text", "done", failures("2")],
    ["a frozen object", Object.freeze({ ...failures("1") }), failures("1", "2")],
  ])("is completed when it is %s", async (_what, given, expected) => {
    const { response } = await answer(queue("1", "2"), rejecting(["2"], "report"), () => given);
    expect(response).toEqual(expected);
  });

  it("that is no list of failures fails the batch, as Lambda itself would have it", async () => {
    const guard = rejecting(["2"], "report");
    const handle = (): unknown => ({ batchItemFailures: { itemIdentifier: "1" } });
    await expect(answer(queue("1", "2"), guard, handle)).rejects.toThrow(
      '@middy-hardening/core: the "batchItemFailures" of a batch response must be an array.',
    );
    await expect(answer(firehose("1", "2"), guard, () => ({ records: "all" }))).rejects.toThrow(
      'the "records" of a batch response must be an array.',
    );
  });

  it("is completed once, however many ask", async () => {
    const again: MiddlewareObj = { after: (request) => completeBatchResponse(request) };
    const guards = [again, rejecting(["2"], "report"), rejecting(["3"], "report")];
    const { response, handled } = await answer(queue("1", "2", "3"), guards);
    expect(handled).toEqual(["1"]);
    expect(response).toEqual(failures("3", "2"));
  });

  it("is read as the runtime writes it, so that what a class reports by toJSON is not lost", async () => {
    const report = { toJSON: () => failures("1") };
    const { response } = await answer(queue("1", "2"), rejecting(["2"], "report"), () => report);
    expect(response).toEqual(failures("1", "2"));
  });

  it.each<[string, MiddlewareObj]>([
    ["before, such as an idempotent one that knows the batch", { before: () => failures("1") }],
    ["after", { after: () => failures("1") }],
  ])("is completed when a middleware further in gives it in its %s", async (_hook, early) => {
    const guards = [rejecting(["2"], "report"), rejecting(["3"], "report"), early];
    const { response } = await answer(queue("1", "2", "3"), guards);
    expect(response).toEqual(failures("1", "3", "2"));
  });

  it("that a middleware gives early and that is no list of failures fails the batch", async () => {
    const early: MiddlewareObj = { before: () => ({ batchItemFailures: "none" }) };
    await expect(answer(queue("1", "2"), [rejecting(["2"], "report"), early])).rejects.toThrow(
      "must be an array",
    );
  });

  it("stays as it is when nothing was taken out", async () => {
    const given = { any: "thing" };
    const { response } = await answer(queue("1"), rejecting([], "report"), () => given);
    expect(response).toBe(given);
    expect(published).toEqual([]);
  });
});

describe("a handler that fails after a record was reported", () => {
  const failing = (): never => {
    throw new Error("database is down");
  };

  it("fails the whole batch: nothing is answered as done", async () => {
    const guard = rejecting(["2"], "report");
    await expect(answer(queue("1", "2"), guard, failing)).rejects.toThrow("database is down");
  });

  it.each([
    ["null", null],
    ["nothing at all", undefined],
  ])("fails the whole batch with %s thrown, too", async (_title, thrown) => {
    const guard = rejecting(["2"], "report");
    const throwing = (): never => {
      throw thrown;
    };
    const outcome = answer(queue("1", "2"), guard, throwing);
    await expect(
      outcome.then(
        ({ response }) => response,
        () => "failed",
      ),
    ).resolves.toBe("failed");
  });

  it("and whose failure becomes a response further out still has the record reported", async () => {
    const nothing = (): void => {};
    const settler: MiddlewareObj = {
      before: (request) => atSettlement(request, nothing),
      onError: (request) => {
        request.response = failures("1");
        settle(request, nothing);
      },
    };
    const guards = [settler, rejecting(["2"], "report")];
    const { response } = await answer(queue("1", "2"), guards, failing);
    expect(response).toEqual(failures("1", "2"));
  });
});

describe("a failure after the handler", () => {
  it("that a middleware answers with failures of the records it knows still has the others", async () => {
    const failing: MiddlewareObj = {
      after: () => {
        throw new Error("the answer cannot be written");
      },
    };
    const reporter: MiddlewareObj = {
      onError: (request) => {
        request.response = failures("1");
      },
    };
    const guards = [failing, rejecting(["2"], "report"), reporter];
    const { response } = await answer(queue("1", "2"), guards, () => failures());
    expect(response).toEqual(failures("1", "2"));
  });

  it("that a middleware answers by what its onError returns still has the others", async () => {
    const reporter: MiddlewareObj = { onError: () => failures("1") };
    const { response } = await answer(
      queue("1", "2"),
      [rejecting(["2"], "report"), reporter],
      () => {
        throw new Error("database is down");
      },
    );
    expect(response).toEqual(failures("1", "2"));
  });
});

describe("a dropped record", () => {
  it("is taken out and answered as done, and told by its id", async () => {
    const { response, handled } = await answer(
      fifo("a/1", "a/2", "a/3"),
      rejecting(["a/2"], "drop"),
    );
    expect(handled).toEqual(["a/1", "a/3"]);
    expect(response).toBeUndefined();
    expect(told()).toEqual(["A record was refused (malformed_json, drop). record a/2"]);
  });

  it("that is the last one ends the invocation with null, and the tasks of the end run", async () => {
    const seen: unknown[] = [];
    const logger: MiddlewareObj = {
      before: (request) => atSettlement(request, ({ response }) => void seen.push(response)),
    };
    const { response, handled } = await answer(queue("1"), [logger, rejecting(["1"], "drop")]);
    expect(handled).toBeUndefined();
    expect(response).toBeNull();
    expect(seen).toEqual([null]);
  });

  it("that is the last one of a tumbling window keeps the window's state", async () => {
    const event = { ...shard("1"), state: { sum: 7 } };
    expect((await answer(event, rejecting(["1"], "drop"))).response).toEqual({ state: { sum: 7 } });
    expect((await answer(event, rejecting(["1"], "report"))).response).toEqual({
      state: { sum: 7 },
      ...failures("1"),
    });
  });

  it("that is the last one when a tumbling window ends does not keep the handler from ending it", async () => {
    const event = { ...shard("1"), state: { sum: 7 }, isFinalInvokeForWindow: true };
    let left: unknown;
    const handler = middy(async (received: object) => {
      left = received;
      return { state: {} };
    }).use(rejecting(["1"], "drop") as MiddlewareObj<object>);
    expect(await handler(event, {} as never)).toEqual({ state: {} });
    expect(left).toEqual({ ...event, Records: [] });
    // What is reported comes again, and the end of the window with it.
    expect((await answer(event, rejecting(["1"], "report"))).handled).toBeUndefined();
  });

  it("of Firehose has a result of its own", async () => {
    const { response } = await answer(firehose("1"), rejecting(["1"], "drop"));
    expect(response).toEqual({ records: [{ recordId: "1", result: "Dropped" }] });
  });

  it("beside a reported one is not in the report", async () => {
    const guards = [rejecting(["1"], "drop"), rejecting(["2"], "report"), rejecting(["3"], "drop")];
    const { response, handled } = await answer(queue("1", "2", "3", "4"), guards);
    expect(handled).toEqual(["4"]);
    expect(response).toEqual(failures("2"));
  });

  it("of EventBridge is the whole event: no handler runs and it is not delivered again", async () => {
    const event = { id: "1", source: "a", "detail-type": "b", detail: {} };
    const { response, handled } = await answer(event, rejecting(["1"], "drop"));
    expect([handled, response]).toEqual([undefined, null]);
  });
});

describe("a record that fails the batch", () => {
  it("does so with words of ours and its id alone, and no handler runs", async () => {
    const attempt = answer(queue("1", "2", "3"), rejecting(["2", "3"], "fail"));
    await expect(attempt).rejects.toMatchObject({
      statusCode: 422,
      code: "malformed_json",
      detail: "Record 2 is not valid.",
    });
    expect(told()).toEqual([
      "A record was refused (malformed_json, fail). record 2",
      "A record was refused (malformed_json, fail). record 3",
    ]);
  });

  it("does so for an event that has no records, whatever is asked", () => {
    const [record] = recordsOf(queue("1"), "sqs");
    const request = { event: {}, context: {}, internal: {} } as never;
    const rejected = record ? [{ record, code: "too_deep", params: ["#/a"] }] : [];
    expect(() => rejectRecords(request, [], rejected, "drop", SOURCE)).toThrow(
      "Record 1 is not valid.",
    );
    expect(told()).toEqual(["A record was refused (too_deep, fail). record 1 #/a"]);
  });
});

describe("an answer that a middleware further out makes of the batch", () => {
  const failures = (...ids: readonly string[]): object => ({
    batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
  });

  it("is completed, after success and after failure", async () => {
    const outer: MiddlewareObj = {
      after: (request) => {
        request.response = failures("2");
      },
      onError: (request) => {
        request.response = failures("2", "3");
      },
    };
    const chain = [outer, rejecting(["1"], "report")];
    const served = await answer(queue("1", "2", "3"), chain);
    expect(served.response).toEqual(failures("2", "1"));
    const failed = await answer(queue("1", "2", "3"), chain, () => {
      throw new Error("The handler failed.");
    });
    expect(failed.response).toEqual(failures("2", "3", "1"));
  });

  it("may be made by way of a list of outcomes, which is left alone, and is no answer when taken back", async () => {
    const outer: MiddlewareObj = {
      onError: (request) => {
        request.response = ["rejected"];
        expect(request.response).toEqual(["rejected"]);
        request.response = undefined;
        expect(request.response).toBeUndefined();
      },
    };
    const failing = answer(queue("1", "2"), [outer, rejecting(["1"], "report")], () => {
      throw new Error("The handler failed.");
    });
    await expect(failing).rejects.toThrow("The handler failed.");
  });

  it("fails the batch as it is set, when it is no list of failures", async () => {
    const outer: MiddlewareObj = {
      after: (request) => {
        request.response = { batchItemFailures: "none" };
      },
    };
    await expect(answer(queue("1", "2"), [outer, rejecting(["1"], "report")])).rejects.toThrow(
      'the "batchItemFailures" of a batch response must be an array',
    );
  });
});
