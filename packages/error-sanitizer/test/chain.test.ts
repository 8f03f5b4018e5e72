import middy from "@middy/core";
import httpErrorHandler from "@middy/http-error-handler";
import {
  atSettlement,
  getHeader,
  ownResponse,
  PublicError,
  setHeader,
  settle,
} from "@middy-hardening/core";
import {
  captureSecurityEvents,
  httpAnswer,
  httpEvent,
  invoke,
  lambdaContext,
} from "@middy-hardening/testing";
import { describe, expect, test } from "vitest";
import { errorSanitizer } from "../src/index.ts";
import { sqsEvent } from "./events.ts";

const event = httpEvent("api-gateway-http");
const requestId = "7d3a1f0e-9c64-4b1d-8f2a-5e6b7c8d9e0f";
const context = () => lambdaContext({ awsRequestId: requestId });
const internal = {
  errorType: "InternalError",
  errorMessage: `Internal error (request id: ${requestId})`,
  trace: [""],
};

/** An inner middleware of the suite that completes and records the final outcome. */
function witness(task: (seen: unknown) => void = () => {}) {
  const seen: unknown[] = [];
  const settlement = (request: middy.Request): void => {
    const response = ownResponse(request);
    if (response !== undefined) setHeader(response, "x-witness", "1");
    seen.push(response === undefined ? request.error : response.statusCode);
    task(seen.at(-1));
  };
  const middleware: middy.MiddlewareObj = {
    before: (request) => atSettlement(request, settlement),
    after: (request) => settle(request, settlement),
    onError: (request) => settle(request, settlement),
  };
  return { seen, middleware };
}

describe("settlement", () => {
  test("comes when the outcome of an error stands, for middlewares further in", async () => {
    const { seen, middleware } = witness();
    const handler = middy()
      .use(errorSanitizer())
      .use(middleware)
      .handler(() => {
        throw new PublicError(404);
      });
    const outcome = await invoke(handler, event);
    expect(outcome.result).toMatchObject({ statusCode: 404, headers: { "x-witness": "1" } });
    expect(seen).toEqual([404]);
  });

  test("comes after a blocked leak, so that the 500 has its headers too", async () => {
    const { seen, middleware } = witness();
    const handler = middy()
      .use(errorSanitizer())
      .use(middleware)
      .handler(() => ({ statusCode: 200, body: "SQLSTATE[23000]: Integrity constraint" }));
    const outcome = await invoke(handler, event);
    expect(outcome.result).toMatchObject({ statusCode: 500, headers: { "x-witness": "1" } });
    expect(seen).toEqual([500]);
  });

  test("sees the clean error on other triggers", async () => {
    const { seen, middleware } = witness();
    const handler = middy()
      .use(errorSanitizer())
      .use(middleware)
      .handler(() => {
        throw new Error("secret");
      });
    await invoke(handler, sqsEvent, context());
    expect(seen).toMatchObject([{ name: "InternalError", message: internal.errorMessage }]);
  });

  test("is left to a middleware of the suite that is further out", async () => {
    const outer = witness();
    const inner = witness();
    const handler = middy()
      .use(outer.middleware)
      .use(errorSanitizer())
      .use(inner.middleware)
      .handler(() => ({ statusCode: 200 }));
    await invoke(handler, event);
    expect([outer.seen, inner.seen]).toEqual([[200], [200]]);
  });

  test.each([
    ["after a success", () => ({ statusCode: 200, body: "fine" })],
    [
      "after a failure",
      () => {
        throw new PublicError(404);
      },
    ],
  ])("that fails %s has a quiet outcome", async (_, work) => {
    using captured = captureSecurityEvents();
    const failing = witness(() => {
      throw new SyntaxError("secret");
    });
    const handler = middy().use(errorSanitizer()).use(failing.middleware).handler(work);
    for (const kind of ["alb-multi-value", "api-gateway-rest"] as const) {
      const outcome = await invoke(handler, httpEvent(kind), context());
      const answer = httpAnswer(kind, outcome);
      expect(answer.status).toBe(500);
      expect(answer.headers).toContainEqual(["content-type", "application/problem+json"]);
      expect(JSON.parse(answer.body.toString())).toEqual({
        type: "about:blank",
        title: "Internal Server Error",
        status: 500,
        instance: `urn:uuid:${requestId}`,
        code: "internal_server_error",
        requestId,
      });
    }
    expect(captured.events[0]).toMatchObject({ name: "sys_crash", params: ["SyntaxError"] });
    const outcome = await invoke(handler, sqsEvent, context());
    expect(outcome.error).toEqual(internal);
  });

  test("that fails with what an inner onError has set comes again with what is sent", async () => {
    const strict = witness((status) => {
      if (status === 413) throw new PublicError(500, { code: "response_too_large" });
    });
    const handler = middy()
      .use(errorSanitizer())
      .use(strict.middleware)
      .onError((request) => {
        request.response = { statusCode: 413, body: "too much" };
      })
      .handler(() => {
        throw new Error("secret");
      });
    const outcome = await invoke(handler, event);
    expect(outcome.result).toMatchObject({ statusCode: 500, headers: { "x-witness": "1" } });
    expect(strict.seen).toEqual([413, 500]);
  });
});

describe("an HTTP response that an inner onError has set", () => {
  test("stays, with the error that it was made for", async () => {
    using captured = captureSecurityEvents();
    const handler = middy()
      .use(errorSanitizer())
      .use(httpErrorHandler({ logger: false }))
      .handler(() => {
        throw new PublicError(409, { detail: "The order is shipped." });
      });
    expect((await invoke(handler, event)).result).toMatchObject({
      statusCode: 409,
      body: "The order is shipped.",
    });
    expect(captured.events).toEqual([]);
  });

  test("is looked at for leaks", async () => {
    using captured = captureSecurityEvents();
    const handler = middy()
      .use(errorSanitizer())
      .onError((request) => {
        request.response = { statusCode: 400, body: (request.error as Error).stack };
      })
      .handler(() => {
        throw new Error("secret");
      });
    const { result, payload } = await invoke(handler, event);
    expect(result).toMatchObject({ statusCode: 500 });
    expect(payload).not.toContain("secret");
    expect(captured.events).toMatchObject([{ name: "response_leak", params: ["stack_trace"] }]);
  });
});

test("a public error whose detail is another error's stack is replaced", async () => {
  using captured = captureSecurityEvents();
  const handler = middy()
    .use(errorSanitizer())
    .handler(() => {
      throw new PublicError(400, { detail: String(new Error("secret").stack) });
    });
  const { result, payload } = await invoke(handler, event);
  expect(result).toMatchObject({ statusCode: 500 });
  expect(payload).not.toContain("secret");
  expect(captured.events).toMatchObject([
    { name: "response_leak", params: ["stack_trace"], outcome: "blocked" },
  ]);
});

test("an error of a `before` further out, before it has seen the request, is sanitized too", async () => {
  const handler = middy()
    .before(() => {
      throw new Error("secret");
    })
    .use(errorSanitizer())
    .handler(() => ({ statusCode: 200 }));
  expect((await invoke(handler, event)).result).toMatchObject({ statusCode: 500 });
  expect((await invoke(handler, sqsEvent, context())).error).toEqual(internal);
});

test("a middleware that replaces the event does not change what kind of caller is answered", async () => {
  const handler = middy()
    .use(errorSanitizer())
    .before((request) => {
      request.event = null;
    })
    .handler(() => {
      throw new Error("secret");
    });
  for (const kind of ["alb", "api-gateway-http"] as const) {
    const outcome = await invoke(handler, httpEvent(kind), context());
    expect(httpAnswer(kind, outcome).status).toBe(500);
    expect(outcome.payload).toContain("about:blank");
    expect(outcome.payload).not.toContain("secret");
  }
});

test("two invocations at once do not see each other's failures", async () => {
  const handler = middy()
    .use(errorSanitizer())
    .handler(async (given) => {
      const { rawPath } = given as { rawPath: string };
      await new Promise((resolve) => setTimeout(resolve, rawPath === "/slow" ? 20 : 0));
      throw new PublicError(400, { detail: rawPath });
    });
  const paths = ["/slow", "/fast"];
  const outcomes = await Promise.all(
    paths.map((path) => invoke(handler, httpEvent("api-gateway-http", { path }))),
  );
  const details = outcomes.map(
    ({ result }) => JSON.parse((result as { body: string }).body).detail,
  );
  expect(details).toEqual(paths);
});

test("a leak on one invocation leaves the handler's shared response as it was", async () => {
  const shared = Object.freeze({
    statusCode: 200,
    headers: Object.freeze({ "x-shared": "1" }),
    body: "{}",
  });
  const handler = middy()
    .use(errorSanitizer())
    .handler(() => shared);
  const response = await handler(event, context());
  expect(response).toEqual({ ...shared, headers: { "x-shared": "1" } });
  expect(getHeader(response as never, "x-shared")).toBe("1");
  expect(shared.headers).toEqual({ "x-shared": "1" });
});
