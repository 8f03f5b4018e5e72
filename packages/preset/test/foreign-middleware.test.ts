/**
 * Middlewares of others, further in than `harden()`, whose hooks return or throw what Middy sends as it is.
 * With the plugin of the deadline, the hooks further out have their say.
 */
import middy, { type MiddlewareObj, type Request } from "@middy/core";
import { captureOutput, captureSecurityEvents, httpEvent, invoke } from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { describe, expect, test, vi } from "vitest";
import { harden } from "../src/index.ts";
import { TRIGGER_EVENTS } from "./trigger-events.ts";

const deadline = timeoutGuard();
const INTERNAL = "connect ECONNREFUSED 10.0.0.7:5432";
const LEAK = { statusCode: 500, body: new Error(INTERNAL).stack };
const order = (headers = {}): unknown =>
  httpEvent("api-gateway-http", { path: "/orders", headers });

const broken = (): never => {
  throw new Error("The handler failed.");
};

async function observe(
  foreign: MiddlewareObj,
  event: unknown = order(),
  handle: () => unknown = broken,
  others: MiddlewareObj[] = [],
) {
  const cors = { origins: ["https://app.example.com"] };
  const handler = middy(async () => handle(), deadline.plugin)
    .use(harden({ timeoutGuard: deadline, securityHeaders: { cors } }))
    .use(others)
    .use(foreign);
  using output = captureOutput();
  using security = captureSecurityEvents();
  const { result, error, payload } = await invoke(handler, event);
  const { statusCode, headers, body } = Object(result);
  return {
    payload,
    error,
    result,
    status: statusCode,
    body: String(body),
    headers: Object(headers) as Readonly<Record<string, string>>,
    lines: output.records.filter(({ message }) => message === "Invocation"),
    log: output.text,
    events: security.events.map(({ name }) => name),
  };
}

const sync = (act: (request: Request) => unknown): typeof act => act;
const late = (act: (request: Request) => unknown) => async (request: Request) => act(request);

describe.each([
  ["at once", sync],
  ["in a promise", late],
])("a hook that does so %s", (_when, hook) => {
  const fails = hook(() => {
    throw new Error(INTERNAL);
  });

  test("cannot send what an `onError` throws to an HTTP caller", async () => {
    const { status, headers, payload, lines, log } = await observe({ onError: fails });
    expect(status).toBe(500);
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
    expect(payload).not.toContain("10.0.0.7");
    expect(lines).toEqual([expect.objectContaining({ status: 500, outcome: "failed" })]);
    expect(log).toContain(INTERNAL);
    expect(log).toContain("The handler failed.");
  });

  test("cannot send what an `onError` throws to any other caller", async () => {
    const { error, payload, lines } = await observe({ onError: fails }, { orderId: 7 });
    expect(error).toMatchObject({ errorType: "InternalError", trace: [""] });
    expect(payload).not.toContain("10.0.0.7");
    expect(lines).toHaveLength(1);
  });

  test("cannot send a stack that an `onError` returns", async () => {
    const { status, headers, body, lines, events } = await observe({ onError: hook(() => LEAK) });
    expect(status).toBe(500);
    expect(body).toContain("internal_server_error");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
    expect(lines).toHaveLength(1);
    expect(events).toContain("response_leak");
  });

  test("cannot have a failed batch acknowledged by what an `onError` returns", async () => {
    const { error } = await observe({ onError: hook(() => LEAK) }, TRIGGER_EVENTS.sqs);
    expect(error).toMatchObject({ errorType: "InternalError" });
  });

  test("leaves the answer of an `onError` what it is, and completes it", async () => {
    const onError = hook(() => ({ statusCode: 409, body: "{}" }));
    const { status, headers, lines } = await observe({ onError });
    expect(status).toBe(409);
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
    expect(lines).toEqual([expect.objectContaining({ status: 409 })]);
  });

  test("cannot send a stack that an `after` returns", async () => {
    const served = () => ({ statusCode: 200, body: "{}" });
    const { status, headers, payload, lines } = await observe(
      { after: hook(() => LEAK) },
      order(),
      served,
    );
    expect(status).toBe(500);
    expect(payload).not.toContain("10.0.0.7");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
    expect(lines).toEqual([expect.objectContaining({ status: 500 })]);
  });

  test("cannot send a stack that a `before` returns", async () => {
    const handle = vi.fn();
    const after = vi.fn();
    const before = hook(() => LEAK);
    const { status, headers, payload, lines, events } = await observe({ before }, order(), handle, [
      { after },
    ]);
    expect(status).toBe(500);
    expect(payload).not.toContain("10.0.0.7");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
    expect(lines).toEqual([expect.objectContaining({ status: 500 })]);
    expect(events).toEqual(["response_leak"]);
    expect(handle).not.toHaveBeenCalled();
    expect(after).not.toHaveBeenCalled();
  });

  test("leaves what a `before` answers early what it is, and completes it", async () => {
    const handle = vi.fn();
    const before = hook(() => ({ statusCode: 304 }));
    const { status, headers, lines } = await observe({ before }, order(), handle);
    expect(status).toBe(304);
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
    expect(lines).toEqual([expect.objectContaining({ status: 304, outcome: "served" })]);
    expect(handle).not.toHaveBeenCalled();
  });

  test("cannot acknowledge a batch by an HTTP error that a `before` returns", async () => {
    const { error } = await observe({ before: hook(() => LEAK) }, TRIGGER_EVENTS.sqs);
    expect(error?.trace).toEqual([""]);
  });

  test("cannot answer early with more than Lambda sends", async () => {
    const before = hook(() => ({ statusCode: 200, body: "x".repeat(7_000_000) }));
    const { status, headers, body, lines } = await observe({ before });
    expect(status).toBe(500);
    expect(body).toContain("response_too_large");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
    expect(lines).toHaveLength(1);
  });
});

describe("a hook that ends the chain by `request.earlyResponse`", () => {
  const answers = (value: unknown) => (request: Request & { earlyResponse?: unknown }) => {
    request.earlyResponse = value;
  };

  test.each(["before", "after", "onError"] as const)("passes no %s by", async (kind) => {
    const handle = kind === "after" ? () => ({ statusCode: 200 }) : broken;
    const { status, headers, lines } = await observe({ [kind]: answers(LEAK) }, order(), handle);
    expect(status).toBe(500);
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
    expect(lines).toHaveLength(1);
  });
});

describe("an answer that the suite itself gives early", () => {
  test("to a CORS preflight is given once", async () => {
    const preflight = httpEvent("api-gateway-http", {
      method: "OPTIONS",
      path: "/orders",
      headers: { origin: "https://app.example.com", "access-control-request-method": "POST" },
    });
    const { status, headers, lines, events } = await observe({ before: () => {} }, preflight);
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      "access-control-allow-origin": "https://app.example.com",
      "x-content-type-options": "nosniff",
    });
    expect(lines).toEqual([expect.objectContaining({ status: 204 })]);
    expect(events).toEqual([]);
  });
});

describe("a middleware further out", () => {
  test("that fails before `harden()` has begun is answered by it all the same", async () => {
    const handler = middy(() => ({ statusCode: 200 }), deadline.plugin)
      .before(() => {
        throw new Error(INTERNAL);
      })
      .use(harden({ timeoutGuard: deadline }));
    using output = captureOutput();
    const { payload, result } = await invoke(handler, order());
    expect(result).toMatchObject({ statusCode: 500 });
    expect(payload).not.toContain("10.0.0.7");
    expect(output.text).toContain(INTERNAL);
  });
});
