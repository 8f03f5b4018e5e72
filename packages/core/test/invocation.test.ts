import type { Request } from "@middy/core";
import { describe, expect, it, vi } from "vitest";
import { atSettlement, invocationOf, type RequestLike, settle } from "../src/index.ts";

const context = {
  awsRequestId: "7f6e0b1c",
  functionName: "orders",
  functionVersion: "3",
} as RequestLike["context"];

/** As Middy makes it. */
const request = (event: unknown): RequestLike =>
  ({ event, context: { ...context }, internal: {} }) as RequestLike;

const common = { requestId: "7f6e0b1c", functionName: "orders", functionVersion: "3" };

describe("invocationOf", () => {
  it("tells the request of an HTTP API or function URL", () => {
    const event = {
      version: "2.0",
      rawPath: "/orders",
      rawQueryString: "token=secret",
      headers: { "user-agent": "forged" },
      requestContext: {
        http: { method: "POST", sourceIp: "203.0.113.7", userAgent: "curl/8" },
      },
    };
    expect(invocationOf(request(event))).toEqual({
      ...common,
      eventSource: "api-gateway-http",
      http: {
        method: "POST",
        path: "/orders",
        sourceIp: "203.0.113.7",
        userAgent: "curl/8",
        hasMultiValueHeaders: false,
      },
    });
  });

  it("tells the request of a REST API", () => {
    const event = {
      httpMethod: "GET",
      path: "/orders",
      requestContext: { identity: { sourceIp: "203.0.113.7", userAgent: "curl/8" } },
    };
    expect(invocationOf(request(event)).http).toEqual({
      method: "GET",
      path: "/orders",
      sourceIp: "203.0.113.7",
      userAgent: "curl/8",
      hasMultiValueHeaders: false,
    });
  });

  it("takes of X-Forwarded-For only what the ALB appended, not what the client claims", () => {
    const event = alb({
      "x-forwarded-for": "127.0.0.1, 10.0.0.1, 203.0.113.7",
      "user-agent": "curl",
    });
    expect(invocationOf(request(event)).http).toEqual({
      method: "GET",
      path: "/",
      sourceIp: "203.0.113.7",
      userAgent: "curl",
      hasMultiValueHeaders: false,
    });
  });

  it("takes the last of repeated X-Forwarded-For headers", () => {
    const event = {
      ...alb({}),
      multiValueHeaders: { "x-forwarded-for": ["127.0.0.1", "10.0.0.1, 203.0.113.7"] },
    };
    expect(invocationOf(request(event)).http?.sourceIp).toBe("203.0.113.7");
  });

  it("tells whether header values came as lists", () => {
    const event = { ...alb({}), multiValueHeaders: {} };
    expect(invocationOf(request(event)).http?.hasMultiValueHeaders).toBe(true);
    expect(invocationOf(request(alb({}))).http?.hasMultiValueHeaders).toBe(false);
  });

  describe("while it is under way", () => {
    const requestOf = (event: unknown, shared: object): Request =>
      ({ event, context: shared, internal: {} }) as never;

    it("is one and the same for a handler, which has the context but no request", () => {
      const shared = { awsRequestId: "id-1" };
      const outer = requestOf(alb({}), shared);
      atSettlement(outer, () => {});
      const invocation = invocationOf(outer);
      expect(invocationOf({ event: { b: 2 }, context: shared as never })).toBe(invocation);
      expect(invocationOf({ event: { b: 2 }, context: { ...shared } as never })).not.toBe(
        invocation,
      );
    });

    it("is one and the same for a Middy handler that another one calls", () => {
      const shared = { awsRequestId: "id-1" };
      const outer = requestOf(alb({}), shared);
      const inner = requestOf({ validated: true }, shared);
      const task = (): void => {};
      atSettlement(outer, task);
      atSettlement(inner, task);
      expect(invocationOf(inner)).toBe(invocationOf(outer));
      settle(inner, task);
      expect(invocationOf(requestOf({}, shared))).toBe(invocationOf(outer));
    });

    it("is over when its outcome stands, so that a context may be used again", () => {
      const shared = { awsRequestId: "id-1" };
      const first = requestOf(alb({}), shared);
      const task = (): void => {};
      atSettlement(first, task);
      const invocation = invocationOf(first);
      settle(first, task);
      expect(invocationOf(first)).toBe(invocation);
      expect(invocationOf(requestOf({}, shared))).toMatchObject({ eventSource: "direct" });
      expect(invocationOf({ event: {}, context: shared as never })).not.toBe(invocation);
    });

    it.each([undefined, null, "text"])("needs no context, as with %j", (none) => {
      const one = { event: alb({}), context: none, internal: {} } as never;
      expect(() => atSettlement(one, () => {})).not.toThrow();
      expect(invocationOf(one)).toMatchObject({ requestId: "", eventSource: "alb" });
      expect(invocationOf(one)).toBe(invocationOf(one));
    });
  });

  it("is one and the same for two copies of the package", async () => {
    const one = request(alb({}));
    const invocation = invocationOf(one);
    vi.resetModules();
    const copy = await import("../src/invocation.ts");
    expect(copy.invocationOf).not.toBe(invocationOf);
    expect(copy.invocationOf(one)).toBe(invocation);
  });

  it("leaves empty what an event does not say", () => {
    expect(invocationOf(request(alb(null))).http).toMatchObject({ sourceIp: "", userAgent: "" });
  });

  it("makes a hostile path and user agent printable and short", () => {
    const event = {
      httpMethod: "GET\r\n".repeat(100),
      path: `/a\u202E${"x".repeat(5000)}`,
      requestContext: { identity: { sourceIp: "\u001b[2J", userAgent: "a\nb".repeat(999) } },
    };
    const { http } = invocationOf(request(event));
    expect(http?.method).toHaveLength(32);
    expect(http?.path).toHaveLength(1024);
    expect(http?.path).toMatch(/^\/a\\u\{202e\}x+…$/);
    expect(http?.sourceIp).toBe("\\u{1b}[2J");
    expect(http?.userAgent).toHaveLength(256);
    expect(JSON.stringify(http)).not.toMatch(/\p{C}/u);
  });

  it("has no HTTP part for another trigger", () => {
    const event = { Records: [{ eventSource: "aws:sqs", body: "" }] };
    expect(invocationOf(request(event))).toEqual({ ...common, eventSource: "sqs" });
  });

  it.each([
    ["none", undefined],
    ["null", null],
    ["one without fields", {}],
    [
      "one with fields of other types",
      { awsRequestId: 1, functionName: {}, functionVersion: null },
    ],
  ])("does with a context that is %s", (_title, hostile) => {
    expect(invocationOf({ event: null, context: hostile as never })).toEqual({
      requestId: "",
      functionName: "",
      functionVersion: "",
      eventSource: "direct",
    });
  });

  it.each([
    ["null", { http: null, identity: null, stage: "prod" }],
    ["text", { http: "x", identity: "x", stage: "prod" }],
    ["objects of nothing", { http: {}, identity: {} }],
    ["other types", { http: { sourceIp: 1, userAgent: [] }, identity: { sourceIp: {} } }],
  ])("does with forged REST context fields that are %s", (_title, requestContext) => {
    const event = { httpMethod: "GET", path: "/", headers: "x", requestContext };
    expect(invocationOf(request(event)).http).toEqual({
      method: "GET",
      path: "/",
      sourceIp: "",
      userAgent: "",
      hasMultiValueHeaders: false,
    });
  });

  it("computes once for each request, even when the event is changed afterwards", () => {
    const one = request(alb({ "user-agent": "curl" }));
    const first = invocationOf(one);
    (one as { event: unknown }).event = {};
    expect(invocationOf(one)).toBe(first);
    expect(invocationOf(request(one.event))).not.toBe(first);
  });

  function alb(headers: object | null): object {
    return {
      httpMethod: "GET",
      path: "/",
      headers,
      requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:x" } },
    };
  }
});
