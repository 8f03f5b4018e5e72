import { describe, expect, it } from "vitest";
import { HTTP_KINDS, type HttpKind, httpAnswer, invoke } from "../src/index.ts";

const answerTo = async (kind: HttpKind, result: unknown) => {
  const { status, headers, body } = httpAnswer(kind, await invoke(async () => result, {}));
  return { status, headers, body: body.toString() };
};

const failures: Record<HttpKind, object> = {
  "api-gateway-rest": {
    status: 502,
    headers: [["content-type", "application/json"]],
    body: '{"message":"Internal server error"}',
  },
  "api-gateway-http": {
    status: 500,
    headers: [["content-type", "application/json"]],
    body: '{"message":"Internal Server Error"}',
  },
  "function-url": {
    status: 502,
    headers: [["content-type", "text/plain"]],
    body: "Internal Server Error",
  },
  alb: {
    status: 502,
    headers: [["content-type", "text/html"]],
    body: "<html><head><title>502 Bad Gateway</title></head></html>",
  },
  "alb-multi-value": {
    status: 502,
    headers: [["content-type", "text/html"]],
    body: "<html><head><title>502 Bad Gateway</title></head></html>",
  },
};

describe.each(HTTP_KINDS)("%s", (kind) => {
  it("answers a failed function with an error of its own, which says nothing", async () => {
    const outcome = await invoke(async () => {
      throw new Error("postgres://app:hunter2@db");
    }, {});
    const { body, ...rest } = httpAnswer(kind, outcome);
    expect({ ...rest, body: body.toString() }).toEqual(failures[kind]);
  });

  it.each<[string, object]>([
    ["a status that is no number", { statusCode: "OK" }],
    ["a status of null", { statusCode: null }],
    ["a status in a list", { statusCode: [200] }],
    ["a status that is not final", { statusCode: 101 }],
    ["a status beyond HTTP", { statusCode: 999 }],
    ["a body that is no text", { statusCode: 200, body: { id: 1 } }],
    ["headers in a list", { statusCode: 200, headers: ["a: 1"] }],
    ["headers in a text", { statusCode: 200, multiValueHeaders: "a: 1" }],
    [
      "a header that breaks out of its line",
      {
        statusCode: 200,
        headers: { location: "/\r\nset-cookie: admin=1" },
        multiValueHeaders: { location: ["/\r\nset-cookie: admin=1"] },
      },
    ],
    [
      "a header name that breaks out of its line",
      {
        statusCode: 200,
        headers: { "a: 1\r\nb": "2" },
        multiValueHeaders: { "a: 1\r\nb": ["2"] },
      },
    ],
    [
      "a header that is an object",
      { statusCode: 200, headers: { a: {} }, multiValueHeaders: { a: [{}] } },
    ],
  ])("answers likewise to %s", async (_title, result) => {
    expect(await answerTo(kind, result)).toEqual(failures[kind]);
  });

  it("sends status, headers and body of a response", async () => {
    const response = {
      statusCode: "201",
      headers: { "Content-Type": "text/plain", Count: 2, Sound: true },
      multiValueHeaders: { "content-type": ["text/plain"], count: [2], sound: [true] },
      body: "Zoë",
    };
    expect(await answerTo(kind, response)).toEqual({
      status: 201,
      headers: [
        ["content-type", "text/plain"],
        ["count", "2"],
        ["sound", "true"],
      ],
      body: "Zoë",
    });
  });

  it("decodes a body of base64", async () => {
    const outcome = await invoke(
      async () => ({ statusCode: 200, body: "AP8=", isBase64Encoded: true }),
      {},
    );
    expect(httpAnswer(kind, outcome).body).toEqual(Buffer.from([0, 255]));
  });

  it("gives an empty body and a content type where the function gave none", async () => {
    const { headers, body } = await answerTo(kind, { statusCode: 204, body: null, headers: null });
    expect(body).toBe("");
    expect(headers).toEqual([
      [
        "content-type",
        kind === "api-gateway-http" ? "text/plain;charset=UTF-8" : "application/json",
      ],
    ]);
  });
});

describe("header maps", () => {
  const response = {
    statusCode: 200,
    headers: { a: "single", "Content-Type": "text/plain" },
    multiValueHeaders: { A: ["1", "2"], "x-b": "3", "content-type": ["text/html"] },
    cookies: ["c=1", "d=2"],
  };

  it.each<[HttpKind, unknown[]]>([
    ["api-gateway-rest", ["a: 1", "a: 2", "x-b: 3", "content-type: text/html"]],
    [
      "api-gateway-http",
      ["a: single", "content-type: text/plain", "set-cookie: c=1", "set-cookie: d=2"],
    ],
    [
      "function-url",
      ["a: single", "content-type: text/plain", "set-cookie: c=1", "set-cookie: d=2"],
    ],
    ["alb", ["a: single", "content-type: text/plain"]],
    ["alb-multi-value", ["a: 1", "a: 2", "x-b: 3", "content-type: text/html"]],
  ])("%s reads those that it reads", async (kind, lines) => {
    const { headers } = await answerTo(kind, response);
    expect(headers.map(([name, value]) => `${name}: ${value}`)).toEqual(lines);
  });
});

describe("a result without a status", () => {
  it.each(["api-gateway-http", "function-url"] as const)("is JSON for %s", async (kind) => {
    const headers = [["content-type", "application/json"]];
    expect(await answerTo(kind, { id: 1 })).toEqual({ status: 200, headers, body: '{"id":1}' });
    expect(await answerTo(kind, "hi")).toEqual({ status: 200, headers, body: "hi" });
    expect(await answerTo(kind, undefined)).toEqual({ status: 200, headers, body: "null" });
  });

  it.each(["api-gateway-rest", "alb", "alb-multi-value"] as const)(
    "is no response for %s",
    async (kind) => {
      for (const result of [{ id: 1 }, "hi", undefined, []]) {
        expect(await answerTo(kind, result)).toEqual(failures[kind]);
      }
    },
  );
});

it("an ALB refuses a response above 1 MB, which the others let through", async () => {
  const large = { statusCode: 200, body: "x".repeat(1_048_576) };
  expect(await answerTo("alb", large)).toEqual(failures.alb);
  expect((await answerTo("api-gateway-rest", large)).status).toBe(200);
});
