import middy from "@middy/core";
import { atSettlement, PublicError, settle } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  HTTP_KINDS,
  type HttpKind,
  type HttpRequest,
  httpAnswer,
  httpEvent,
  invoke,
} from "@middy-hardening/testing";
import { describe, expect, it, vi } from "vitest";
import { type CorsOptions, securityHeaders } from "../src/index.ts";
import { type Exchange, errorsAsJson, send } from "./api.ts";

const app = "https://app.example.com";
const evil = "https://evil.example";

const ask = (
  cors: CorsOptions,
  request: HttpRequest,
  response?: unknown,
  kind?: HttpKind,
): Promise<Exchange> => send({ cors }, request, response, kind);

const from = (origin: string, more: HttpRequest["headers"] = {}): HttpRequest => ({
  headers: { Origin: origin, ...more },
});

const preflight = (origin: string, method = "POST", names?: string): HttpRequest => ({
  method: "OPTIONS",
  headers: {
    Origin: origin,
    "Access-Control-Request-Method": method,
    ...(names === undefined ? {} : { "Access-Control-Request-Headers": names }),
  },
});

const corsHeaders = ({ answer }: Exchange): Record<string, string> =>
  Object.fromEntries(answer.headers.filter(([name]) => name.startsWith("access-control-")));

const blockedOrigin = [{ name: "malicious_cors", outcome: "blocked", params: ["origin"] }];

describe("a request from an allowed origin", () => {
  it.each(HTTP_KINDS)("is answered with that origin alone, with %s", async (kind) => {
    const exchange = await ask({ origins: [app, "https://b.example"] }, from(app), undefined, kind);

    expect(corsHeaders(exchange)).toEqual({ "access-control-allow-origin": app });
    expect(exchange.header("vary")).toBe("Origin");
    expect(exchange.status).toBe(200);
    expect(exchange.events).toEqual([]);
  });

  it("may carry credentials and read more headers when the options say so", async () => {
    const exchange = await ask(
      { origins: [app], credentials: true, exposedHeaders: ["X-Total", "ETag"] },
      from(app),
    );

    expect(corsHeaders(exchange)).toEqual({
      "access-control-allow-origin": app,
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "X-Total, ETag",
    });
  });

  it("can read the answer to an error too", async () => {
    const exchange = await ask({ origins: [app] }, from(app), new PublicError(409));

    expect(exchange.status).toBe(409);
    expect(corsHeaders(exchange)).toEqual({ "access-control-allow-origin": app });
  });

  it("is told by the options, whatever the handler says itself", async () => {
    const headers = {
      "Access-Control-Allow-Origin": evil,
      "ACCESS-CONTROL-ALLOW-CREDENTIALS": "true",
      "access-control-allow-methods": "*",
    };
    const exchange = await ask({ origins: [app] }, from(app), { statusCode: 200, headers });

    expect(corsHeaders(exchange)).toEqual({ "access-control-allow-origin": app });
  });
});

describe("a request from a foreign origin", () => {
  it.each(HTTP_KINDS)(
    "with credentials is refused before the handler runs, with %s",
    async (kind) => {
      const exchange = await ask(
        { origins: [app], credentials: true },
        from(evil, { Cookie: "session=1" }),
        { statusCode: 200, body: '{"secret":1}' },
        kind,
      );

      expect(exchange.status).toBe(403);
      expect(JSON.parse(exchange.body)).toEqual({ code: "origin_not_allowed" });
      expect(exchange.wasHandled).toBe(false);
      expect(corsHeaders(exchange)).toEqual({});
      expect(exchange.header("vary")).toBe("Origin");
      expect(exchange.header("x-content-type-options")).toBe("nosniff");
      expect(exchange.events).toEqual(blockedOrigin);
    },
  );

  it.each([
    ["a subdomain of the attacker's that begins like ours", "https://app.example.com.evil.example"],
    ["a domain that ends like ours", "https://evilapp.example.com"],
    ["another port", "https://app.example.com:8443"],
    ["the default port, which no browser writes", "https://app.example.com:443"],
    ["no TLS", "http://app.example.com"],
    ["upper case, which no browser writes", "https://APP.example.com"],
    ["a path", "https://app.example.com/"],
    ["a user", "https://app.example.com@evil.example"],
    ["a sandboxed page", "null"],
    ["a wildcard", "*"],
    ["two origins in one", `${app} ${evil}`],
    ["two origins joined", `${app},${app}`],
    ["white space around it", ` ${app}`],
  ])("is refused: %s", async (_name, origin) => {
    const exchange = await ask({ origins: [app] }, from(origin));

    expect(exchange.status).toBe(403);
    expect(exchange.wasHandled).toBe(false);
    expect(corsHeaders(exchange)).toEqual({});
    expect(exchange.events).toEqual(blockedOrigin);
  });

  it.each(HTTP_KINDS)("is refused when the header is repeated, with %s", async (kind) => {
    const request = { headers: { Origin: [app, evil] } };
    const exchange = await ask({ origins: [app] }, request, undefined, kind);

    expect(exchange.status).toBe(403);
    expect(corsHeaders(exchange)).toEqual({});
    expect(exchange.events).toEqual(blockedOrigin);
  });

  it("cannot read what a handler that reflects every origin returns", async () => {
    const headers = {
      "Access-Control-Allow-Origin": evil,
      "Access-Control-Allow-Credentials": "true",
    };
    const exchange = await ask(
      { origins: [app], rejectForeignOrigins: false },
      from(evil),
      { statusCode: 200, headers },
      "api-gateway-rest",
    );

    expect(exchange.status).toBe(200);
    expect(exchange.wasHandled).toBe(true);
    expect(corsHeaders(exchange)).toEqual({});
    expect(exchange.header("vary")).toBe("Origin");
    expect(exchange.events).toEqual([]);
  });

  it("is every other origin when the list is empty", async () => {
    expect((await ask({ origins: [] }, from(app))).status).toBe(403);
    expect((await ask({ origins: [] }, {})).status).toBe(200);
  });
});

describe("a request that is not cross-origin", () => {
  it("passes without an origin, as clients that are no browser send it", async () => {
    for (const method of ["GET", "DELETE"]) {
      const exchange = await ask({ origins: [app] }, { method });

      expect(exchange.status).toBe(200);
      expect(corsHeaders(exchange)).toEqual({});
      expect(exchange.header("vary")).toBe("Origin");
      expect(exchange.events).toEqual([]);
    }
  });

  it.each(HTTP_KINDS)("passes from a page on the same host, with %s", async (kind) => {
    const request = { ...from("https://api.example.com"), method: "POST" };
    const exchange = await ask({ origins: [] }, request, undefined, kind);

    expect(exchange.status).toBe(200);
    expect(corsHeaders(exchange)).toEqual({});
    expect(exchange.events).toEqual([]);
  });

  it("passes from a page on the API's own domain name when a proxy changed Host", async () => {
    const origin = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";
    const exchange = await ask({ origins: [] }, from(origin, { Host: "internal" }));

    expect(exchange.status).toBe(200);
  });

  it("passes when the browser says so, whatever a CDN made of Host", async () => {
    const request = from("https://www.example.com", { "Sec-Fetch-Site": "same-origin" });
    expect((await ask({ origins: [] }, request)).status).toBe(200);

    for (const site of ["same-site", "cross-site", "none", "same-origin, cross-site"]) {
      const other = from("https://www.example.com", { "Sec-Fetch-Site": site });
      expect((await ask({ origins: [] }, other)).status, site).toBe(403);
    }
  });

  it("passes without TLS only when the request itself came without", async () => {
    const plain = { "X-Forwarded-Proto": "http" };
    const own = "http://api.example.com";
    expect((await ask({ origins: [] }, from(own, plain), undefined, "alb")).status).toBe(200);
    expect((await ask({ origins: [] }, from(own), undefined, "alb")).status).toBe(403);
    const secure = from("https://api.example.com", plain);
    expect((await ask({ origins: [] }, secure, undefined, "alb")).status).toBe(403);
  });

  it("is not one with two hosts", async () => {
    const request = from("https://api.example.com", { Host: ["api.example.com", "evil.example"] });
    expect((await ask({ origins: [] }, request, undefined, "api-gateway-rest")).status).toBe(403);
  });
});

describe("a preflight", () => {
  const options: CorsOptions = {
    origins: [app],
    methods: ["GET", "PUT"],
    allowedHeaders: ["Content-Type", "Authorization"],
    exposedHeaders: ["etag"],
    credentials: true,
    maxAgeSeconds: 60,
  };

  it.each(HTTP_KINDS)("is answered before anything else runs, with %s", async (kind) => {
    const inner = vi.fn();
    const settled: unknown[] = [];
    const task = (request: { response?: { statusCode?: unknown } | null }): void => {
      settled.push(request.response?.statusCode);
    };
    const handler = middy()
      .use({
        before: (request) => atSettlement(request, task),
        after: (request) => settle(request, task),
      })
      .use(securityHeaders({ cors: options }))
      .before(inner)
      .handler(inner);
    const event = httpEvent(kind, preflight(app, "PUT", "authorization,content-type"));
    const outcome = await invoke(handler, event);
    const answer = httpAnswer(kind, outcome);

    expect(inner).not.toHaveBeenCalled();
    expect(settled).toEqual([204]);
    expect(outcome.result).not.toHaveProperty("body");
    expect(answer.status).toBe(204);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "access-control-allow-origin": app,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "GET, PUT",
      "access-control-allow-headers": "Content-Type, Authorization",
      "access-control-max-age": "60",
      "strict-transport-security": "max-age=63072000; includeSubDomains",
      vary: "Origin, access-control-request-method, access-control-request-headers",
    });
    expect(answer.headers.map(([name]) => name)).not.toContain("access-control-expose-headers");
  });

  it("may by default ask for the methods of simple requests and a content type", async () => {
    for (const method of ["GET", "HEAD", "POST"]) {
      const exchange = await ask({ origins: [app] }, preflight(app, method, "content-type"));

      expect(exchange.status).toBe(204);
      expect(corsHeaders(exchange)).toEqual({
        "access-control-allow-origin": app,
        "access-control-allow-methods": "GET, HEAD, POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "600",
      });
    }
  });

  it("may have its header names in any case, with spaces and empty places between the commas", async () => {
    const spaced = preflight(app, "PUT", " Content-Type , ,AUTHORIZATION,");
    expect((await ask(options, spaced)).status).toBe(204);
    expect((await ask(options, preflight(app, "PUT", ""))).status).toBe(204);
  });

  it.each(HTTP_KINDS)("of a foreign origin is refused, with %s", async (kind) => {
    const exchange = await ask(options, preflight(evil, "PUT"), undefined, kind);

    expect(exchange.status).toBe(403);
    expect(JSON.parse(exchange.body)).toEqual({ code: "origin_not_allowed" });
    expect(corsHeaders(exchange)).toEqual({});
    expect(exchange.header("vary")).toBe("Origin");
    expect(exchange.events).toEqual(blockedOrigin);
  });

  it("of a foreign origin is refused even where its other requests may pass, and from the API's own host", async () => {
    const cors = { ...options, rejectForeignOrigins: false };
    expect((await ask(cors, preflight(evil))).status).toBe(403);
    expect((await ask(cors, preflight("https://api.example.com"))).status).toBe(403);
  });

  it.each(["DELETE", "put", "GET, PUT", "*"])("is refused for the method %s", async (method) => {
    const exchange = await ask(options, preflight(app, method));

    expect(exchange.status).toBe(403);
    expect(JSON.parse(exchange.body)).toEqual({ code: "cors_method_not_allowed" });
    expect(corsHeaders(exchange)).toEqual({});
    expect(exchange.events).toEqual([
      {
        name: "input_validation_fail",
        outcome: "blocked",
        params: ["access-control-request-method"],
      },
    ]);
  });

  it.each(["x-admin", "content-type,x-admin", "*", "authorization content-type"])(
    "is refused for the request headers %s",
    async (names) => {
      const exchange = await ask(options, preflight(app, "PUT", names));

      expect(exchange.status).toBe(403);
      expect(JSON.parse(exchange.body)).toEqual({ code: "cors_header_not_allowed" });
      expect(corsHeaders(exchange)).toEqual({});
      expect(exchange.events).toEqual([
        {
          name: "input_validation_fail",
          outcome: "blocked",
          params: ["access-control-request-headers"],
        },
      ]);
    },
  );

  it("names no methods or headers when none are allowed", async () => {
    const cors = { origins: [app], methods: ["GET"], allowedHeaders: [] };
    const exchange = await ask(cors, preflight(app, "GET"));

    expect(exchange.status).toBe(204);
    expect(corsHeaders(exchange)).toEqual({
      "access-control-allow-origin": app,
      "access-control-allow-methods": "GET",
      "access-control-max-age": "600",
    });
  });

  it("is remembered for a day at most", async () => {
    const cors = { origins: [app], maxAgeSeconds: Number.POSITIVE_INFINITY };
    expect((await ask(cors, preflight(app))).header("access-control-max-age")).toBe("86400");
  });

  it("is not any OPTIONS: without a method asked for, the handler answers", async () => {
    const exchange = await ask(
      options,
      { ...from(app), method: "OPTIONS" },
      { statusCode: 200, headers: { Allow: "GET" } },
    );

    expect(exchange.wasHandled).toBe(true);
    expect(exchange.header("allow")).toBe("GET");
    expect(corsHeaders(exchange)).toMatchObject({ "access-control-allow-origin": app });
  });

  it("is not any request that asks for a method: a POST goes to the handler", async () => {
    const exchange = await ask(options, { ...preflight(app, "DELETE"), method: "POST" });

    expect(exchange.wasHandled).toBe(true);
  });

  it("is left to the handler when CORS is not configured", async () => {
    const { wasHandled } = await send({}, preflight(app));

    expect(wasHandled).toBe(true);
  });
});

describe("origins that a function allows", () => {
  const ours = (origin: string): boolean => origin.endsWith(".example.com");

  it("are reflected one at a time", async () => {
    const exchange = await ask({ origins: ours, credentials: true }, from(app));

    expect(corsHeaders(exchange)).toEqual({
      "access-control-allow-origin": app,
      "access-control-allow-credentials": "true",
    });
    expect((await ask({ origins: ours }, from(evil))).status).toBe(403);
  });

  it("are asked for only when the text is an origin of bounded length", async () => {
    const origins = vi.fn(() => true);
    const hostile = [
      "null",
      "*",
      `${evil}/.example.com`,
      `${evil}?.example.com`,
      "https://evil.example#.example.com",
      "https://a b.example.com",
      "https://ä.example.com",
      "javascript:alert(1)//.example.com",
      "https://",
      "https://a.example.com:0",
      "https://a.example.com:123456",
      "https://[::1",
      `https://${"a".repeat(256)}.example.com`,
      `${"a".repeat(100)}://host`,
      `${app}, ${app}`,
    ];
    for (const origin of hostile) {
      expect((await ask({ origins }, from(origin))).status, origin).toBe(403);
    }
    expect(origins).not.toHaveBeenCalled();

    const honest = [
      app,
      "http://localhost:3000",
      "https://[2001:db8::1]:8443",
      "capacitor://localhost",
    ];
    for (const origin of honest) {
      expect((await ask({ origins }, from(origin))).header("access-control-allow-origin")).toBe(
        origin,
      );
    }
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("database down");
      },
    ],
    ["returns a promise", async () => true],
    ["returns a promise that fails", () => Promise.reject(new Error("database down"))],
    ["returns something like true", () => 1],
    ["returns nothing", () => undefined],
  ])("are none when it %s", async (_name, origins) => {
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    const exchange = await ask({ origins: origins as never }, from(app));
    warn.mockRestore();

    expect(exchange.status).toBe(403);
    expect(corsHeaders(exchange)).toEqual({});
    expect(exchange.body).not.toContain("database");
  });

  const promised =
    '@middy-hardening/security-headers: the predicate of "cors.origins" returned a promise, but it has to be synchronous.';
  const thrown = '@middy-hardening/security-headers: the predicate of "cors.origins" has thrown.';
  const fails = (): never => {
    throw new Error("database down");
  };

  it.each([
    ["throws", fails, thrown],
    ["is asynchronous and fails", () => Promise.reject(new Error("database down")), promised],
    ["is asynchronous", async () => true, promised],
    // biome-ignore lint/suspicious/noThenProperty: promises of other libraries are no `Promise`.
    ["returns a foreign promise that fails", () => ({ then: fails }), promised],
    // biome-ignore lint/suspicious/noThenProperty: it is there to do harm.
    ["returns a hostile object", () => Object.defineProperty({}, "then", { get: fails }), thrown],
  ])(
    "are none, but no attack either, when it %s; its developer is told once",
    async (_name, origins, warning) => {
      const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
      const rejections: unknown[] = [];
      const onRejection = (reason: unknown): void => void rejections.push(reason);
      process.on("unhandledRejection", onRejection);
      const handler = middy()
        .use(errorsAsJson())
        .use(securityHeaders({ cors: { origins: origins as never } }))
        .handler(() => ({ statusCode: 200 }));
      using captured = captureSecurityEvents();
      for (let count = 0; count < 2; count++) {
        const { result } = await invoke(handler, httpEvent("api-gateway-http", from(app)));
        expect(result).toMatchObject({ statusCode: 403, body: '{"code":"origin_not_allowed"}' });
      }
      // Node reports a rejection that nobody handles before the next turn of its loop.
      await new Promise((resolve) => setImmediate(resolve));
      process.off("unhandledRejection", onRejection);

      expect(rejections).toEqual([]);
      const event = { name: "input_validation_fail", outcome: "blocked", params: ["origin"] };
      expect(captured.events).toEqual([
        expect.objectContaining(event),
        expect.objectContaining(event),
      ]);
      expect(JSON.stringify(captured.events)).not.toContain("database");
      expect(warn.mock.calls).toEqual([[warning]]);
      warn.mockRestore();
    },
  );
});

describe("a public API", () => {
  it("allows every origin, without credentials and without Vary", async () => {
    for (const request of [from(evil), from("null"), {}]) {
      const exchange = await ask({ origins: "*", exposedHeaders: ["etag"] }, request);

      expect(corsHeaders(exchange)).toEqual({
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "etag",
      });
      expect(exchange.header("vary")).toBeUndefined();
    }
  });

  it("answers the preflight of every origin, for the methods that are allowed", async () => {
    const exchange = await ask({ origins: "*" }, preflight(evil));

    expect(exchange.status).toBe(204);
    expect(corsHeaders(exchange)).toMatchObject({ "access-control-allow-origin": "*" });
    expect((await ask({ origins: "*" }, preflight(evil, "DELETE"))).status).toBe(403);
  });
});

describe("Vary", () => {
  it.each([
    ["Accept-Encoding", "Accept-Encoding, Origin"],
    ["Accept-Encoding, origin", "Accept-Encoding, origin"],
    ["ORIGIN", "ORIGIN"],
    ["*", "*"],
    ["X-Origin", "X-Origin, Origin"],
    ["Origin-Trial,X", "Origin-Trial,X, Origin"],
    ["", "Origin"],
  ])("of the handler is kept: %j becomes %j", async (given, expected) => {
    const headers = { Vary: given };
    const { header } = await ask({ origins: [app] }, {}, { statusCode: 200, headers });

    expect(header("vary")).toBe(expected);
  });

  it.each(["api-gateway-rest", "alb-multi-value", "alb"] as const)(
    "of several values is kept, with %s",
    async (kind) => {
      const multiValueHeaders = { vary: ["Accept", "Accept-Encoding"] };
      const { header } = await ask(
        { origins: [app] },
        {},
        { statusCode: 200, multiValueHeaders },
        kind,
      );

      expect(header("vary")).toBe("Accept, Accept-Encoding, Origin");
    },
  );
});

it("keeps apart the grants of invocations that run at the same time", async () => {
  const handler = middy()
    .use(errorsAsJson())
    .use(securityHeaders({ cors: { origins: [app, "https://b.example"] } }))
    .handler(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return { statusCode: 200 };
    });
  const origins = [app, "https://b.example", undefined];
  const answers = await Promise.all(
    origins.map(async (origin) => {
      const request = origin === undefined ? {} : from(origin);
      return httpAnswer("alb", await invoke(handler, httpEvent("alb", request)));
    }),
  );

  expect(
    answers.map(({ headers }) => Object.fromEntries(headers)["access-control-allow-origin"]),
  ).toEqual(origins);
});
