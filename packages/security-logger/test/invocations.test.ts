import middy, { type MiddlewareObj } from "@middy/core";
import { atSettlement, PublicError, publishSecurityEvent, settleNow } from "@middy-hardening/core";
import { type HttpKind, httpEvent, invoke, lambdaContext } from "@middy-hardening/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { securityLogger } from "../src/index.ts";
import {
  answering,
  chain,
  type Line,
  ok,
  printedBy,
  printedByInvoking,
  refusing,
} from "./chain.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

const throwing = (thrown: unknown) => async (): Promise<unknown> => {
  throw thrown;
};

const alone = () => middy().use(securityLogger());

describe("the line of an invocation", () => {
  it("tells of a served request where it went and how long it took", async () => {
    const context = lambdaContext({ awsRequestId: "id-2", functionName: "orders-api" });
    const event = httpEvent("api-gateway-rest", { method: "POST", path: "/orders?x=1", body: {} });

    const { invocations, lines } = await printedBy(() =>
      invoke(
        chain().handler(async () => ({ statusCode: 201, body: "secret" })),
        event,
        context,
      ),
    );

    expect(lines).toHaveLength(1);
    expect(invocations).toEqual([
      {
        level: "INFO",
        message: "Invocation",
        timestamp: expect.any(String),
        service: "service_undefined",
        sampling_rate: 0,
        security_log: "invocation",
        appid: "orders-api",
        outcome: "served",
        status: 201,
        duration_ms: expect.any(Number),
        source_ip: "203.0.113.7",
        request_method: "POST",
        request_uri: "/orders",
        bytes_in: 2,
        bytes_out: 6,
        event_source: "api-gateway-rest",
        function_request_id: "id-2",
        cold_start: false,
      },
    ]);
  });

  it("tells of a refused request the code, without a stack", async () => {
    const { invocations } = await printedByInvoking(chain(refusing()).handler(ok));

    expect(invocations).toMatchObject([
      { level: "WARN", outcome: "refused", status: 422, code: "invalid" },
    ]);
    expect(invocations[0]).not.toHaveProperty("error");
  });

  it("tells of a failure the error that was thrown, and its causes, but none of their properties", async () => {
    const cause = Object.assign(new TypeError("socket hang up"), { request: "GET /hr/salaries" });
    const error = Object.assign(new Error("Cannot load the order", { cause }), {
      config: { headers: { authorization: "Bearer abc" } },
    });
    error.name = "RepositoryError";

    const { invocations, lines } = await printedByInvoking(chain().handler(throwing(error)));

    expect(invocations).toMatchObject([{ level: "ERROR", outcome: "failed", status: 500 }]);
    expect(invocations[0]?.error).toEqual({
      type: "RepositoryError",
      message: "Cannot load the order",
      stack: expect.stringMatching(/^at .*invocations\.test\.ts/),
      causes: [{ type: "TypeError", message: "socket hang up", stack: expect.any(String) }],
    });
    expect(lines.join()).not.toMatch(/salaries|Bearer/);
  });

  it("is one line also when a middleware further out throws after it was printed", async () => {
    const handler = middy()
      .after(() => {
        throw new Error("too late");
      })
      .use(securityLogger())
      .handler(ok);

    const { invocations } = await printedByInvoking(handler);

    expect(invocations).toMatchObject([{ outcome: "served", status: 200 }]);
  });

  it("is printed for a request that a guard answered before the handler", async () => {
    const preflight: MiddlewareObj = {
      before: (request) => {
        request.response = { statusCode: 204 };
        settleNow(request);
        return request.response;
      },
    };

    const { invocations } = await printedByInvoking(chain(preflight).handler(ok));

    expect(invocations).toMatchObject([{ outcome: "served", status: 204 }]);
  });

  it.each([
    ["with an answering middleware of the suite outside", answering()],
    ["alone", {}],
  ])("is printed when a `before` further out failed, %s", async (_name, outermost) => {
    const handler = middy()
      .use({ before: () => {}, ...outermost })
      .before(() => {
        throw new Error("no configuration");
      })
      .use(securityLogger())
      .onError((request) => publishSecurityEvent(request, { name: "sys_crash" }))
      .handler(ok);

    const { invocations } = await printedByInvoking(handler);

    expect(invocations).toMatchObject([
      {
        outcome: "failed",
        event_source: "api-gateway-http",
        error: { message: "no configuration" },
      },
    ]);
    expect(invocations[0]).not.toHaveProperty("duration_ms");
  });

  it("is off with `invocations: false`, and the events are not", async () => {
    const handler = middy()
      .use(securityLogger({ invocations: false }))
      .use(refusing())
      .handler(ok);

    const { events, invocations } = await printedByInvoking(handler);

    expect(events).toHaveLength(1);
    expect(invocations).toEqual([]);
  });

  it("says whether it was the first of an environment started on demand", async () => {
    vi.stubEnv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    vi.resetModules();
    const fresh = await import("../src/index.ts");
    const handler = middy().use(fresh.securityLogger()).handler(ok);

    const first = await printedByInvoking(handler);
    const second = await printedByInvoking(handler);

    expect(first.invocations).toMatchObject([{ cold_start: true }]);
    expect(second.invocations).toMatchObject([{ cold_start: false }]);
  });
});

describe("how much came in and went out", () => {
  const sizes = async (result: unknown, request: object = {}) => {
    const event = httpEvent("api-gateway-http", { method: "POST", ...request });
    const handler = alone()
      .before((given) => {
        // As a validator does: the body is no text any more when the line is printed.
        (given.event as { body: unknown }).body = { parsed: true };
      })
      .handler(async () => result);
    const { bytes_in, bytes_out } = (await printedByInvoking(handler, event))
      .invocations[0] as Line;
    return [bytes_in, bytes_out];
  };

  it("is the bytes of the bodies", async () => {
    expect(await sizes({ statusCode: 200, body: "é" }, { body: "€uro" })).toEqual([6, 2]);
    expect(await sizes({ statusCode: 204 })).toEqual([0, 0]);
    expect(await sizes("text")).toEqual([0, 4]);
  });

  it("is what base64 stands for", async () => {
    const body = Buffer.from("0123456789").toString("base64");
    const event = { ...httpEvent("api-gateway-http"), body, isBase64Encoded: true };
    const handler = alone().handler(async () => ({ statusCode: 200, body, isBase64Encoded: true }));

    expect((await printedByInvoking(handler, event)).invocations).toMatchObject([
      { bytes_in: 10, bytes_out: 10 },
    ]);
  });

  it("is not told where only serializing would tell it", async () => {
    expect(await sizes({ id: 7 })).toEqual([0, undefined]);
    expect(await sizes({ statusCode: 200, body: { id: 7 } })).toEqual([0, undefined]);
    expect(
      await sizes({
        get statusCode(): never {
          throw new Error("hostile");
        },
      }),
    ).toEqual([0, undefined]);
  });

  it("is not told of a trigger without HTTP", async () => {
    const { invocations } = await printedByInvoking(alone().handler(ok), { body: "text" });

    expect(invocations[0]).not.toHaveProperty("bytes_in");
    expect(invocations[0]).not.toHaveProperty("bytes_out");
  });
});

describe("the records of a batch", () => {
  const sqs = (count: number) => ({
    Records: Array.from({ length: count }, (_, id) => ({
      eventSource: "aws:sqs",
      messageId: `m-${id}`,
      body: "{}",
    })),
  });
  const counted = async (event: unknown, result: unknown) => {
    const handler = alone()
      .before((request) => {
        request.event = {};
      })
      .handler(async () => result);
    const { records, records_failed } = (await printedByInvoking(handler, event))
      .invocations[0] as Line;
    return [records, records_failed];
  };

  it("are counted, and those that the response reports as failed", async () => {
    const failures = { batchItemFailures: [{ itemIdentifier: "m-1" }] };

    expect(await counted(sqs(3), failures)).toEqual([3, 1]);
    expect(await counted(sqs(3), undefined)).toEqual([3, undefined]);
    expect(await counted(sqs(3), { batchItemFailures: "none" })).toEqual([3, undefined]);
  });

  it("are those of all partitions of Kafka and all results of Firehose", async () => {
    const kafka = { eventSource: "aws:kafka", records: { "a-0": [{}, {}], "a-1": [{}], "a-2": 7 } };
    const firehose = {
      invocationId: "i",
      deliveryStreamArn: "arn",
      records: [{ recordId: "1" }, { recordId: "2" }],
    };
    const results = { records: [{ result: "ProcessingFailed" }, { result: "Ok" }, null] };

    expect(await counted(kafka, undefined)).toEqual([3, undefined]);
    expect(await counted(firehose, results)).toEqual([2, 1]);
  });

  it("are not told of what is no batch", async () => {
    expect(await counted({ Records: [1, 2] }, undefined)).toEqual([undefined, undefined]);
    expect(await counted({ info: { fieldName: "f", parentTypeName: "T" } }, 1)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("do not cost the line when the response is hostile", async () => {
    const handler = alone().handler(async () => {
      const { proxy, revoke } = Proxy.revocable([], {});
      revoke();
      return { toJSON: () => null, batchItemFailures: proxy };
    });

    expect((await printedByInvoking(handler, sqs(1))).invocations).toMatchObject([{ records: 1 }]);
  });
});

describe("which invocations have a line", () => {
  it('are those that were not served, with `invocations: "unserved"`', async () => {
    const unserved = () =>
      middy()
        .use(answering())
        .use(securityLogger({ invocations: "unserved" }));

    const { invocations } = await printedBy(async () => {
      await invoke(unserved().handler(ok), {});
      await invoke(unserved().use(refusing()).handler(ok), httpEvent("alb"));
      await invoke(unserved().handler(throwing(new Error("x"))), httpEvent("alb"));
    });

    expect(invocations).toMatchObject([{ outcome: "refused" }, { outcome: "failed" }]);
  });
});

describe("the outcome", () => {
  const returned = async (result: unknown, kind: HttpKind = "api-gateway-rest") => {
    const handler = alone().handler(async () => result);
    return (await printedByInvoking(handler, httpEvent(kind))).invocations[0] as Line;
  };

  it.each([
    [{ statusCode: 304 }, "served", 304],
    [{ statusCode: "200" }, "served", 200],
    [{ statusCode: 404 }, "refused", 404],
    [{ statusCode: 503 }, "failed", 503],
    [{ statusCode: 999 }, "failed", undefined],
    [{ statusCode: "OK" }, "failed", undefined],
    [{ body: "no status" }, "failed", undefined],
    [null, "failed", undefined],
  ])("of a handler that returns %j to API Gateway is %s", async (result, outcome, status) => {
    expect(await returned(result)).toMatchObject({ outcome, ...(status && { status }) });
  });

  it.each([[{ id: 7 }], ["text"], [null]])(
    "of a handler that returns %j by payload format 2.0 is served, 200",
    async (result) => {
      for (const kind of ["api-gateway-http", "function-url"] as const) {
        expect(await returned(result, kind)).toMatchObject({ outcome: "served", status: 200 });
      }
    },
  );

  it("of a trigger without HTTP is served when nothing was thrown", async () => {
    const handler = alone().handler(async () => ({ statusCode: 500 }));

    const { invocations } = await printedByInvoking(handler, { order: 1 });

    expect(invocations).toMatchObject([{ outcome: "served", event_source: "direct" }]);
  });

  it("is that of the answer when the error was recovered from", async () => {
    const recovering: MiddlewareObj = {
      onError: (request) => {
        request.response = { statusCode: 200, body: "stale" };
      },
    };

    const { invocations } = await printedByInvoking(
      alone()
        .use(recovering)
        .handler(throwing(new Error("down"))),
    );

    expect(invocations).toMatchObject([{ outcome: "served", status: 200 }]);
    expect(invocations[0]).not.toHaveProperty("error");
  });

  it.each([
    ["a PublicError", new PublicError(409, { code: "taken" }), "refused", 409, "taken"],
    ["a PublicError of ours", new PublicError(503, { code: "busy" }), "failed", 503, "busy"],
    ["a Middy HttpError", { statusCode: 404, expose: true }, "refused", 404, undefined],
    ["an error of a client", { statusCode: 404 }, "failed", undefined, undefined],
    ["an error with a lie", { statusCode: 200, expose: true }, "failed", undefined, undefined],
  ])("of %s that nobody inside answered is by its own status", async (...example) => {
    const [, thrown, outcome, status, code] = example;

    const { invocations } = await printedByInvoking(alone().handler(throwing(thrown)));

    expect(invocations[0]).toMatchObject({ outcome, ...(status && { status }) });
    expect(invocations[0]?.code).toBe(code);
  });

  it("of a trigger without HTTP is by the status of a PublicError alone", async () => {
    const refused = alone().handler(throwing(new PublicError(422, { code: "invalid" })));
    const failed = alone().handler(
      throwing(Object.assign(new Error("x"), { statusCode: 404, expose: true })),
    );

    expect((await printedByInvoking(refused, {})).invocations).toMatchObject([
      { outcome: "refused", code: "invalid" },
    ]);
    expect((await printedByInvoking(failed, {})).invocations).toMatchObject([
      { outcome: "failed", error: { message: "x" } },
    ]);
  });

  it("is timed_out when a deadline ended the invocation, whatever the caller was answered", async () => {
    const deadline = (outcome: "blocked" | "detected"): MiddlewareObj => ({
      before: (request) => {
        publishSecurityEvent(request, { name: "deadline_exceeded", outcome });
        if (outcome === "blocked") throw new PublicError(503, { code: "deadline_exceeded" });
      },
    });

    const { invocations, metrics } = await printedByInvoking(
      chain(deadline("blocked")).handler(ok),
    );
    const noticed = await printedByInvoking(chain(deadline("detected")).handler(ok));

    expect(invocations).toMatchObject([
      {
        level: "ERROR",
        outcome: "timed_out",
        status: 503,
        code: "deadline_exceeded",
        error: { type: "PublicError" },
      },
    ]);
    expect(metrics).toMatchObject([{ deadline_exceeded: 1, invocations_timed_out: 1 }]);
    expect(noticed.invocations).toMatchObject([{ outcome: "served" }]);
  });

  it("is the one that stands in the end, whatever order the middlewares of the suite run in", async () => {
    const blocking: MiddlewareObj = {
      before: (request) =>
        atSettlement(request, (settled) => {
          settled.response = { statusCode: 502 };
        }),
    };

    const { invocations } = await printedByInvoking(chain(blocking).handler(ok));

    expect(invocations).toMatchObject([{ outcome: "failed", status: 502 }]);
    expect(invocations[0]).not.toHaveProperty("error");
  });
});
