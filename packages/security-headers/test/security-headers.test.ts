import middy from "@middy/core";
import { PublicError } from "@middy-hardening/core";
import { HTTP_KINDS, httpAnswer, httpEvent, invoke } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import defaultExport, { securityHeaders } from "../src/index.ts";
import { errorsAsJson, send } from "./api.ts";
import { owaspRemovalList } from "./owasp-removal-list.ts";

const expected = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy":
    "accelerometer=(), autoplay=(), camera=(), cross-origin-isolated=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), keyboard-map=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), sync-xhr=(), usb=(), web-share=(), xr-spatial-tracking=(), clipboard-read=(), clipboard-write=(), gamepad=(), hid=(), idle-detection=(), interest-cohort=(), serial=(), unload=()",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-frame-options": "deny",
  "x-permitted-cross-domain-policies": "none",
};

const typed = { "content-type": "application/json" };

const names = (headers: readonly (readonly [string, string])[]): string[] =>
  headers.map(([name]) => name);

describe("the recommended headers", () => {
  it.each(HTTP_KINDS)("are on a response that has none, with %s", async (kind) => {
    const { answer } = await send({}, {}, { statusCode: 200, headers: typed, body: "{}" }, kind);

    expect(Object.fromEntries(answer.headers)).toEqual({ ...typed, ...expected });
    expect(answer.headers).toHaveLength(13);
  });

  it.each(HTTP_KINDS)("are on an answer to an error, with %s", async (kind) => {
    const { answer } = await send({}, {}, new PublicError(404), kind);

    expect(answer.status).toBe(404);
    expect(Object.fromEntries(answer.headers)).toMatchObject(expected);
  });

  it("are on the short form of a response, which payload format 2.0 allows", async () => {
    const { answer, body } = await send({}, {}, { order: 1 });

    expect(Object.fromEntries(answer.headers)).toEqual({ ...typed, ...expected });
    expect(JSON.parse(body)).toEqual({ order: 1 });
  });

  it("are on a response whose status is written as text", async () => {
    const { answer } = await send({}, {}, { statusCode: "200", body: "{}" }, "api-gateway-rest");

    expect(Object.fromEntries(answer.headers)).toMatchObject(expected);
  });

  it("leave what the handler set on purpose, however it wrote the name", async () => {
    const headers = { "Cache-Control": "public, max-age=60", "X-FRAME-OPTIONS": "SAMEORIGIN" };
    const { header, answer } = await send({}, {}, { statusCode: 200, headers });

    expect(header("cache-control")).toBe("public, max-age=60");
    expect(header("x-frame-options")).toBe("SAMEORIGIN");
    expect(new Set(names(answer.headers)).size).toBe(answer.headers.length);
  });

  it("leave what the handler set among the headers with several values", async () => {
    const multiValueHeaders = { "Cache-Control": ["private", "max-age=60"], ETag: ['"1"'] };
    for (const kind of ["api-gateway-rest", "alb-multi-value"] as const) {
      const { header, answer } = await send({}, {}, { statusCode: 200, multiValueHeaders }, kind);

      expect(header("cache-control")).toBe("private, max-age=60");
      expect(header("etag")).toBe('"1"');
      expect(Object.fromEntries(answer.headers)).toMatchObject({ "x-frame-options": "deny" });
    }
  });

  it("take the place of a header that the handler left undefined or null", async () => {
    const headers = { "cache-control": undefined, "x-frame-options": null };
    const { header, events } = await send({}, {}, { statusCode: 200, headers });

    expect(header("cache-control")).toBe("no-store");
    expect(header("x-frame-options")).toBe("deny");
    expect(events).toEqual([]);
  });

  it("are there on the second response as on the first when the handler returns a shared, frozen one", async () => {
    const headers = Object.freeze({ Server: "nginx", ...typed });
    const response = Object.freeze({ statusCode: 200, headers, body: "{}" });
    for (const attempt of [1, 2]) {
      const { answer } = await send({}, {}, response);
      expect(Object.fromEntries(answer.headers), `${attempt}`).toEqual({ ...typed, ...expected });
    }
    expect(response.headers).toEqual({ Server: "nginx", ...typed });
  });

  it("are each an option: a string changes the value, false leaves the header out", async () => {
    const { header, answer } = await send(
      {
        strictTransportSecurity: "max-age=60",
        xFrameOptions: false,
        crossOriginResourcePolicy: "cross-origin",
        xDnsPrefetchControl: undefined as never,
      },
      {},
      { statusCode: 200, headers: typed },
    );

    expect(header("strict-transport-security")).toBe("max-age=60");
    expect(header("cross-origin-resource-policy")).toBe("cross-origin");
    expect(header("x-frame-options")).toBeUndefined();
    expect(header("x-dns-prefetch-control")).toBe("off");
    expect(answer.headers).toHaveLength(12);
  });

  it("come with no word on CORS unless it is configured", async () => {
    const { answer, header } = await send(
      {},
      { headers: { Origin: "https://evil.example" }, method: "POST" },
    );

    expect(names(answer.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    expect(header("vary")).toBeUndefined();
    expect(answer.status).toBe(200);
  });
});

describe("without other middlewares of the suite", () => {
  it("sets the headers on the response of the handler", async () => {
    const handler = middy()
      .use(securityHeaders())
      .handler(() => ({ statusCode: 200 }));
    const outcome = await invoke(handler, httpEvent("function-url"));

    expect(Object.fromEntries(httpAnswer("function-url", outcome).headers)).toMatchObject(expected);
  });

  it("sets the headers on the response that an inner error handler made", async () => {
    const handler = middy()
      .use(securityHeaders())
      .onError((request) => {
        request.response = { statusCode: 418, body: "" };
      })
      .handler(() => {
        throw new Error("teapot");
      });
    const answer = httpAnswer("alb", await invoke(handler, httpEvent("alb")));

    expect(answer.status).toBe(418);
    expect(Object.fromEntries(answer.headers)).toMatchObject(expected);
  });

  it("leaves an error alone for which nobody made a response", async () => {
    const handler = middy()
      .use(securityHeaders())
      .handler(() => {
        throw new TypeError("no");
      });
    const outcome = await invoke(handler, httpEvent("alb"));

    expect(outcome.error).toMatchObject({ errorType: "TypeError", errorMessage: "no" });
  });

  it("fails the invocation rather than send a response whose headers cannot be read", async () => {
    const handler = middy()
      .use(securityHeaders())
      .handler(() => ({
        statusCode: 200,
        get headers(): never {
          throw new Error("hostile getter");
        },
      }));
    const { result, error } = await invoke(handler, httpEvent("alb"));

    expect(result).toBeUndefined();
    expect(error?.errorMessage).toBe("hostile getter");
  });
});

describe("a middleware further out that fails before this one ran", () => {
  it("still gets the headers onto the answer, and no CORS headers", async () => {
    const handler = middy()
      .use(errorsAsJson())
      .before(() => {
        throw new PublicError(401);
      })
      .use(securityHeaders({ cors: { origins: ["https://app.example.com"] } }))
      .handler(() => ({ statusCode: 200 }));
    const event = httpEvent("api-gateway-http", { headers: { Origin: "https://app.example.com" } });
    const answer = httpAnswer("api-gateway-http", await invoke(handler, event));

    expect(answer.status).toBe(401);
    expect(Object.fromEntries(answer.headers)).toMatchObject({ ...expected, vary: "Origin" });
    expect(names(answer.headers)).not.toContain("access-control-allow-origin");
  });
});

describe("other triggers", () => {
  it.each([
    ["a direct call", { some: "payload" }],
    ["a queue", { Records: [{ eventSource: "aws:sqs", messageId: "1", body: "{}" }] }],
    ["no object at all", 5],
  ])("pass through untouched: %s", async (_name, event) => {
    const cors = { origins: ["https://app.example.com"] };
    const handler = middy()
      .use(securityHeaders({ cors }))
      .handler(() => ({ statusCode: 200, headers: { Server: "kept" } }));
    const { result } = await invoke(handler, event);

    expect(result).toEqual({ statusCode: 200, headers: { Server: "kept" } });
  });
});

describe("headers that tell the software in use", () => {
  const spellings = [
    (name: string) => name,
    (name: string) => name.toLowerCase(),
    (name: string) => name.toUpperCase(),
  ];

  it.each(HTTP_KINDS)("go, all of the OWASP list, in any case, with %s", async (kind) => {
    for (const spell of spellings) {
      const entries = owaspRemovalList.map((name) => [spell(name), "1"] as const);
      const headers = Object.fromEntries([...entries, ["X-Order-Version", "7"]]);
      const { answer } = await send({}, {}, { statusCode: 200, headers }, kind);

      expect(names(answer.headers).toSorted()).toEqual(
        ["content-type", "x-order-version", ...Object.keys(expected)].toSorted(),
      );
    }
  });

  it.each(["api-gateway-rest", "alb-multi-value", "alb"] as const)(
    "go from the headers with several values too, with %s",
    async (kind) => {
      const multiValueHeaders = Object.fromEntries(
        owaspRemovalList.map((name) => [name, ["a", "b"]]),
      );
      const { answer } = await send({}, {}, { statusCode: 200, multiValueHeaders }, kind);

      expect(names(answer.headers).toSorted()).toEqual(
        ["content-type", ...Object.keys(expected)].toSorted(),
      );
    },
  );

  it("go as whole families where the list names several of one product", async () => {
    const headers = { "X-Kong-New-Name": "1", "X-Kongo": "stays", "X-B3": "stays" };
    const { answer } = await send({}, {}, { statusCode: 200, headers });

    expect(names(answer.headers)).toEqual(expect.arrayContaining(["x-kongo", "x-b3"]));
    expect(names(answer.headers)).not.toContain("x-kong-new-name");
  });

  it("do not take harmless headers with them", async () => {
    const headers = {
      "X-Server-Time": "1",
      "Server-Timing": "db;dur=5",
      Products: "3",
      "X-Api-Version": "2",
      "X-Request-Id": "r",
      "X-Server": "1",
    };
    const { answer } = await send({}, {}, { statusCode: 200, headers });

    expect(names(answer.headers)).toEqual(
      expect.arrayContaining(Object.keys(headers).map((name) => name.toLowerCase())),
    );
  });

  it("may be one that responses often have", async () => {
    const headers = { "Content-Type": "text/plain", Location: "/internal" };
    const { header } = await send(
      { removeHeaders: ["location"] },
      {},
      { statusCode: 201, headers },
    );

    expect(header("location")).toBeUndefined();
    expect(header("content-type")).toBe("text/plain");
  });

  it("are more when `removeHeaders` says so, and a removed default comes back with its own value", async () => {
    const headers = { "X-Internal-Node": "ip-10-0-0-1", "Cache-Control": "public" };
    const removeHeaders = ["x-internal-NODE", "Cache-Control"];
    const { header } = await send({ removeHeaders }, {}, { statusCode: 200, headers });

    expect(header("x-internal-node")).toBeUndefined();
    expect(header("cache-control")).toBe("no-store");
  });
});

it("is the default export too", () => {
  expect(defaultExport).toBe(securityHeaders);
});

it("names its hooks, so that a stack trace tells who runs", () => {
  const { before, after, onError } = securityHeaders();

  expect([before?.name, after?.name, onError?.name]).toEqual([
    "securityHeadersBefore",
    "securityHeadersAfter",
    "securityHeadersOnError",
  ]);
});
