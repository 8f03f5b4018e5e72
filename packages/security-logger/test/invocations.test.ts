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
