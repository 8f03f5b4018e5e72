/**
 * Other middlewares that stand where nobody of the suite sees what they do: the developer is told so.
 */
import middy, { type MiddlewareObj, type Request } from "@middy/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const context = (): Request["context"] => ({ awsRequestId: "1" }) as Request["context"];

/** A fresh process: its warnings, and a middleware that settles. */
async function start() {
  const { atSettlement, settle, settleEarly, tellOfLostTrigger } = await import("../src/index.ts");
  const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const task = (): void => {};
  const ours: MiddlewareObj = {
    before: (request) => atSettlement(request, task),
    after: (request) => settle(request, task),
    onError: (request) => settle(request, task),
  };
  const warnings = (): string[] => emitWarning.mock.calls.map(([text, type]) => `${type}: ${text}`);
  return { ours, settleEarly, tellOfLostTrigger, warnings };
}

const answersEarly: MiddlewareObj = { before: () => ({ statusCode: 204 }) };

describe("an answer that a hook returned", () => {
  const EARLY = expect.stringMatching(
    /^MiddyHardeningWarning: @middy-hardening\/core: a hook of another middleware answered .* middy\(handler, deadline\.plugin\)/,
  );

  test("is told of once the next invocation begins, and once", async () => {
    const { ours, warnings } = await start();
    const handler = middy().use([ours, answersEarly]);
    await handler({}, context());
    expect(warnings()).toEqual([]);
    await handler({}, context());
    await handler({}, context());
    expect(warnings()).toEqual([EARLY]);
  });

  test("is not told of where another copy of core has settled it", async () => {
    const { ours, warnings } = await start();
    vi.resetModules();
    const { settleNow } = await import("../src/index.ts");
    const oursOfAnotherCopy: MiddlewareObj = {
      before: (request) => {
        request.response = { statusCode: 204 };
        settleNow(request);
        return request.response;
      },
    };
    const handler = middy().use([ours, oursOfAnotherCopy]);
    await handler({}, context());
    await handler({}, context());
    expect(warnings()).toEqual([]);
  });

  test("is told of when an `after` or an `onError` returned it", async () => {
    for (const hook of ["after", "onError"] as const) {
      vi.resetModules();
      vi.restoreAllMocks();
      const { ours, warnings } = await start();
      const handler = middy(() => {
        if (hook === "onError") throw new Error("Down.");
      }).use([ours, { [hook]: () => ({ statusCode: 500 }) }]);
      await handler({}, context());
      await handler({}, context());
      expect(warnings()).toEqual([EARLY]);
    }
  });

  test("is nobody's business when the suite was asked about it", async () => {
    const { ours, settleEarly, warnings } = await start();
    const handler = middy().use([
      ours,
      {
        before: async (request) => {
          const asked = request as Request & { earlyResponse?: unknown };
          asked.earlyResponse = asked.response = null;
          await settleEarly(request);
        },
      },
    ]);
    await handler({}, context());
    await handler({}, context());
    expect(warnings()).toEqual([]);
  });

  test("is nobody's business when it was being looked at as the next invocation began", async () => {
    const { settleEarly, warnings } = await start();
    const { atSettlement } = await import("../src/index.ts");
    const review = Promise.withResolvers<void>();
    const begin = (): Request => {
      const request = { event: {}, context: context(), internal: {} } as Request;
      atSettlement(
        request,
        () => {},
        () => review.promise,
      );
      return request;
    };
    const first = begin();
    Object.assign(first, { earlyResponse: null, response: null });
    const pending = settleEarly(first);
    begin();
    review.resolve();
    await pending;
    expect(warnings()).toEqual([]);
  });

  test("is nobody's business when the suite was not reached yet", async () => {
    const { ours, warnings } = await start();
    const handler = middy().use([answersEarly, ours]);
    await handler({}, context());
    await handler({}, context());
    expect(warnings()).toEqual([]);
  });
});

describe("makeHandlerIdempotent", () => {
  const idempotent: MiddlewareObj = {
    before: ({ internal }) => {
      Object.assign(internal, { "powertools-for-aws.idempotency.idempotencyHandler": {} });
    },
  };

  test("further out is told of, once", async () => {
    const { ours, warnings } = await start();
    const handler = middy().use([idempotent, ours]);
    await handler({}, context());
    await handler({}, context());
    expect(warnings()).toEqual([
      expect.stringContaining("makeHandlerIdempotent stands further out"),
    ]);
  });

  test("further in is not told of", async () => {
    const { ours, warnings } = await start();
    const handler = middy().use([ours, idempotent]);
    await handler({}, context());
    await handler({}, context());
    expect(warnings()).toEqual([]);
  });
});

describe("an event that somebody has put in the place of another one", () => {
  const warningsOf = async (event: unknown, response: unknown): Promise<string[]> => {
    const { ours, warnings } = await start();
    const handler = middy(() => response).use(ours);
    await handler(event, context());
    await handler(event, context());
    return warnings();
  };
  const unreadable = {
    get statusCode(): never {
      throw new Error("No status.");
    },
  };
  const LOST = expect.stringContaining("an event that is none of a known trigger was answered");

  test.each([
    ["a response of HTTP", { statusCode: 201, body: "{}" }],
    ["a report of a batch", { batchItemFailures: [] }],
  ])("is told of once when it is answered with %s", async (_what, response) => {
    expect(await warningsOf({ sku: "A-1" }, response)).toEqual([LOST]);
  });

  test.each([
    ["nothing", undefined],
    ["a result", { total: 7 }],
    ["a status alone", { statusCode: 7 }],
    ["what cannot be read", unreadable],
  ])("is not told of when it is answered with %s", async (_what, response) => {
    expect(await warningsOf({ sku: "A-1" }, response)).toEqual([]);
  });

  test("is not told of when the trigger is known", async () => {
    const event = { "detail-type": "Order", source: "shop", detail: {} };
    expect(await warningsOf(event, { statusCode: 200, body: "" })).toEqual([]);
  });

  test("is not told of when it is the answer to an error, which any middleware may have made", async () => {
    const { ours, warnings } = await start();
    const failing = (): never => {
      throw new Error("Down.");
    };
    const answers: MiddlewareObj = {
      onError: (request) => {
        request.response = { statusCode: 500, body: "" };
      },
    };
    await middy(failing).use([ours, answers])({}, context());
    expect(warnings()).toEqual([]);
  });

  test("is told of by a middleware that settles nothing", async () => {
    const { tellOfLostTrigger, warnings } = await start();
    const handler = middy(() => ({ statusCode: 200, body: "" })).after(tellOfLostTrigger);
    await handler({}, context());
    expect(warnings()).toEqual([LOST]);
  });
});

describe("an event that is read", () => {
  test("passes while it is of the trigger that it was of", async () => {
    const { expectStill } = await import("../src/index.ts");
    const event = { "detail-type": "Order", source: "shop", detail: {} };
    expect(expectStill("eventbridge", event, "@shop/guard")).toBeUndefined();
  });

  test.each([[{ Records: [] }], [{ records: [] }], [{ records: { "orders-0": [] } }]])(
    "passes as %j, of which a filter further out has left nothing",
    async (event) => {
      const { expectStill } = await import("../src/index.ts");
      expect(expectStill("kafka", event, "@shop/guard")).toBeUndefined();
    },
  );

  test.each([
    [{ sku: "A-1" }],
    [[{ sku: "A-1" }]],
    [{ Records: [{ sku: "A-1" }] }],
    [{ records: null }],
    [null],
    ["A-1"],
  ])("fails with what to do when it is %j, which somebody has put in its place", async (event) => {
    const { expectStill } = await import("../src/index.ts");
    expect(() => expectStill("sqs", event, "@shop/guard")).toThrow(
      /^@shop\/guard: the event is no longer one of sqs: a middleware further out .* envelope does\. Add that one/,
    );
  });
});
