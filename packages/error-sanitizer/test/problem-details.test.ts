import middy from "@middy/core";
import { createError } from "@middy/util";
import { PublicError, type PublicErrorOptions, Secret } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  HTTP_KINDS,
  httpAnswer,
  httpEvent,
  type InvocationOutcome,
  invoke,
  lambdaContext,
} from "@middy-hardening/testing";
import { describe, expect, test, vi } from "vitest";
import errorSanitizerAsDefault, {
  type ErrorSanitizerOptions,
  errorSanitizer,
} from "../src/index.ts";

const requestId = "7d3a1f0e-9c64-4b1d-8f2a-5e6b7c8d9e0f";

const throwing = (thrown: unknown, options?: ErrorSanitizerOptions) =>
  middy()
    .use(errorSanitizer(options))
    .handler(() => {
      throw thrown;
    });

const call = (thrown: unknown, options?: ErrorSanitizerOptions): Promise<InvocationOutcome> =>
  invoke(
    throwing(thrown, options),
    httpEvent("api-gateway-http", { path: "/orders/1?token=hunter2" }),
    lambdaContext({ awsRequestId: requestId }),
  );

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const answerOf = async (thrown: unknown, options?: ErrorSanitizerOptions): Promise<Answer> =>
  (await call(thrown, options)).result as Answer;

const problemOf = async (thrown: unknown, options?: ErrorSanitizerOptions): Promise<unknown> =>
  JSON.parse((await answerOf(thrown, options)).body);

const internal = {
  type: "about:blank",
  title: "Internal Server Error",
  status: 500,
  instance: `urn:uuid:${requestId}`,
  code: "internal_server_error",
  requestId,
};

describe("a public error", () => {
  test("speaks for itself in problem details", async () => {
    using captured = captureSecurityEvents();
    const answer = await answerOf(
      new PublicError(404, {
        code: "order_not_found",
        title: "Order Not Found",
        detail: "No such order.",
        headers: { "Retry-After": "30" },
        extensions: { errors: [{ pointer: "#/id" }] },
        cause: new Error("select * from orders"),
      }),
    );
    expect(answer).toEqual({
      statusCode: 404,
      headers: { "content-type": "application/problem+json", "retry-after": "30" },
      body: JSON.stringify({
        type: "about:blank",
        title: "Order Not Found",
        status: 404,
        detail: "No such order.",
        instance: `urn:uuid:${requestId}`,
        code: "order_not_found",
        requestId,
        errors: [{ pointer: "#/id" }],
      }),
      isBase64Encoded: false,
    });
    expect(captured.events).toEqual([]);
  });

  test("with nothing but a status has that status's title and code, and no detail", async () => {
    expect(await problemOf(new PublicError(409))).toEqual({
      ...internal,
      title: "Conflict",
      status: 409,
      code: "conflict",
    });
  });

  test("of 5xx is meant, so that nothing is reported as a crash", async () => {
    using captured = captureSecurityEvents();
    const problem = await problemOf(new PublicError(503, { headers: { "retry-after": "5" } }));
    expect(problem).toMatchObject({ status: 503, code: "service_unavailable" });
    expect(captured.events).toEqual([]);
  });

  test("gets its type from its code when there is a base URL", async () => {
    const options = { typeBaseUrl: "https://errors.example.com/" };
    expect(await problemOf(new PublicError(404, { code: "a/b?\ud800" }), options)).toMatchObject({
      type: "https://errors.example.com/a%2Fb%3F%EF%BF%BD",
    });
    expect(await problemOf(null, options)).toEqual({
      ...internal,
      type: "https://errors.example.com/internal_server_error",
    });
  });

  test.each(HTTP_KINDS)("reaches the client of %s", async (kind) => {
    const outcome = await invoke(
      throwing(new PublicError(405, { headers: { Allow: "GET, POST" } })),
      httpEvent(kind, { method: "DELETE" }),
    );
    const answer = httpAnswer(kind, outcome);
    expect(answer.status).toBe(405);
    expect(new Map(answer.headers)).toEqual(
      new Map([
        ["content-type", "application/problem+json"],
        ["allow", "GET, POST"],
      ]),
    );
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: "method_not_allowed" });
  });

  test("of another copy of the package is known by its brand", async () => {
    const foreign = {
      [Symbol.for("middy-hardening.PublicError")]: true,
      statusCode: 410,
      code: "gone_for_good",
      detail: "It is gone.",
    };
    expect(await problemOf(foreign)).toEqual({
      ...internal,
      title: "Gone",
      status: 410,
      detail: "It is gone.",
      code: "gone_for_good",
    });
  });

  test.each([
    ["a status that is no error's", { statusCode: 200 }],
    ["a status written as text", { statusCode: "404" }],
    ["no status", {}],
  ])("with %s is an internal error", async (_, fields) => {
    const broken = { [Symbol.for("middy-hardening.PublicError")]: true, ...fields };
    expect(await problemOf(broken)).toEqual(internal);
  });

  test("with fields of wrong types or lengths says only what is sound", async () => {
    const broken = {
      [Symbol.for("middy-hardening.PublicError")]: true,
      statusCode: 404,
      code: { toString: () => "code" },
      get title() {
        throw new Error("secret title");
      },
      detail: "x".repeat(5_000_000),
      headers: "Retry-After: 1",
      get extensions() {
        throw new Error("secret extensions");
      },
    };
    expect(await problemOf(broken)).toEqual({
      ...internal,
      title: "Not Found",
      status: 404,
      detail: "x".repeat(4096),
      code: "not_found",
    });
  });
});

describe("extension members", () => {
  const withExtensions = (extensions: PublicErrorOptions["extensions"] = {}): Promise<unknown> =>
    problemOf(new PublicError(400, { detail: "Bad.", extensions }));
  const plain = {
    ...internal,
    title: "Bad Request",
    status: 400,
    detail: "Bad.",
    code: "bad_request",
  };

  test("do not replace standard members, nor stand for absent ones", async () => {
    const extensions = {
      type: "https://evil.example",
      title: "x",
      status: 200,
      detail: "x",
      instance: "x",
      code: "x",
      requestId: "x",
    };
    expect(await withExtensions(extensions)).toEqual(plain);
    expect(
      await problemOf(new PublicError(400, { extensions: { detail: "x", extra: 1 } })),
    ).toEqual({ ...plain, detail: undefined, extra: 1 });
  });

  test("do not carry a prototype to a client that merges them", async () => {
    expect(await withExtensions(JSON.parse('{"__proto__":{"admin":true}}'))).toEqual(plain);
  });

  test("that JSON cannot hold are left out, the others stay", async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const extensions = {
      circular,
      big: 1n,
      callback: () => "secret",
      nothing: undefined,
      hostile: {
        toJSON() {
          throw new Error("secret");
        },
      },
      get getter() {
        throw new Error("secret");
      },
      'quo"ted': [1],
    };
    expect(await withExtensions(extensions)).toEqual({ ...plain, 'quo"ted': [1] });
  });

  test("are left out as a whole when they are a proxy that throws", async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(await withExtensions(proxy)).toEqual(plain);
  });

  test("that would make the answer huge are left out", async () => {
    const extensions = { huge: "x".repeat(70_000), small: 1 };
    expect(await withExtensions(extensions)).toEqual({ ...plain, small: 1 });
  });

  test("show a secret by its name alone", async () => {
    using secret = new Secret("database", "correct horse battery staple");
    expect(await withExtensions({ secret })).toEqual({ ...plain, secret: "[secret database]" });
  });
});

describe("headers of a public error", () => {
  const headersOf = async (
    headers: Record<string, unknown>,
    options?: ErrorSanitizerOptions,
  ): Promise<unknown> => {
    const error = new PublicError(401, { headers: headers as Record<string, string> });
    return (await answerOf(error, options)).headers;
  };
  const type = { "content-type": "application/problem+json" };

  test("leave only when they are on the list", async () => {
    const headers = {
      "WWW-Authenticate": 'Bearer realm="orders"',
      "Retry-After": 120,
      "X-Powered-By": "Express",
      "Set-Cookie": "session=1",
      "Content-Type": "text/html",
    };
    expect(await headersOf(headers)).toEqual({
      ...type,
      "www-authenticate": 'Bearer realm="orders"',
      "retry-after": "120",
    });
  });

  test("may be allowed, in any case", async () => {
    const options = { allowHeaders: ["RateLimit-Policy", "Content-Type"] };
    const headers = { "ratelimit-policy": '"default";q=100', "content-type": "text/html" };
    expect(await headersOf(headers, options)).toEqual({
      ...type,
      "ratelimit-policy": '"default";q=100',
    });
  });

  test.each([
    ["CR and LF", "GET\r\nSet-Cookie: admin=1"],
    ["LF", "GET\nX: 1"],
    ["a final LF", "GET\n"],
    ["NUL", "GET\0"],
    ["another control character", "GET\x1b[31m"],
    ["DEL", "GET\x7f"],
    ["a character that truncates to LF", "GET\u010aX: 1"],
    ["a line separator", "GET\u2028"],
    ["5 MB", "G".repeat(5_000_000)],
    ["nothing", ""],
    ["undefined", undefined],
    ["null", null],
  ])("with %s in the value are left out", async (_, value) => {
    expect(await headersOf({ allow: value, "retry-after": "1" })).toEqual({
      ...type,
      "retry-after": "1",
    });
  });

  test("that throw are left out", async () => {
    const hostile = {
      get allow() {
        throw new Error("secret");
      },
    };
    expect(await headersOf(hostile)).toEqual(type);
  });
});

describe("an error with a status", () => {
  test.each([400, 404, 422, 429])(
    "%d of Middy gives its status and title, not its message",
    async (status) => {
      using captured = captureSecurityEvents();
      const error = createError(status, "Event object failed validation", {
        cause: { package: "@middy/validator", data: { password: "hunter2" } },
      });
      const answer = await answerOf(Object.assign(error, { headers: { allow: "GET" } }));
      expect(answer.statusCode).toBe(status);
      expect(JSON.parse(answer.body)).toEqual({
        ...internal,
        ...(await titleAndCode(status)),
        status,
      });
      expect(answer.headers).toEqual({ "content-type": "application/problem+json" });
      expect(captured.events).toEqual([]);
    },
  );

  const titleAndCode = async (status: number) => {
    const { title, code } = new PublicError(status);
    return { title, code };
  };

  test("503 of Middy gives its status, and is a crash", async () => {
    using captured = captureSecurityEvents();
    const problem = await problemOf(createError(503, "redis://10.0.0.3 is down"));
    expect(problem).toEqual({
      ...internal,
      title: "Service Unavailable",
      status: 503,
      code: "service_unavailable",
    });
    expect(captured.events).toMatchObject([
      { name: "sys_crash", params: ["ServiceUnavailableError"] },
    ]);
  });

  test.each([
    ["no expose, as many HTTP clients throw", Object.assign(new Error("x"), { statusCode: 404 })],
    ["that is no error's", Object.assign(new Error("x"), { statusCode: 200, expose: true })],
    ["that is no number", Object.assign(new Error("x"), { statusCode: "404", expose: true })],
    ["on what is no error", { statusCode: 404, expose: true, message: "x" }],
  ])("with %s is an internal error", async (_, thrown) => {
    expect(await problemOf(thrown)).toEqual(internal);
  });
});

describe("an unexpected error", () => {
  test("says nothing but that it happened, and publishes a crash without its message", async () => {
    using captured = captureSecurityEvents();
    const error = Object.assign(new RangeError("postgres://app:hunter2@db/orders refused"), {
      config: { headers: { authorization: "Bearer abc" } },
    });
    const outcome = await call(error);
    expect(JSON.parse((outcome.result as Answer).body)).toEqual(internal);
    expect(outcome.payload).not.toContain("hunter2");
    expect(captured.events).toMatchObject([
      {
        name: "sys_crash",
        params: ["RangeError"],
        outcome: "blocked",
        source: "@middy-hardening/error-sanitizer",
        request: { requestId, eventSource: "api-gateway-http" },
      },
    ]);
    expect(JSON.stringify(captured.events)).not.toMatch(/hunter2|Bearer|refused/);
  });

  test.each([
    ["null", null],
    ["a text", "secret"],
    ["a name that is no identifier", Object.assign(new Error("x"), { name: "pass word" })],
    ["a name of 5 MB", Object.assign(new Error("x"), { name: "x".repeat(5_000_000) })],
  ])("of %s is a crash of unknown type", async (_, thrown) => {
    using captured = captureSecurityEvents();
    expect(await problemOf(thrown)).toEqual(internal);
    expect(captured.events).toMatchObject([{ name: "sys_crash", params: ["unknown"] }]);
  });

  test("stays on the request, for the loggers that look at it", async () => {
    const error = new Error("for the log");
    const seen: unknown[] = [];
    const handler = throwing(error).onError((request) => {
      seen.push(request.error);
    });
    await invoke(handler, httpEvent("alb"));
    expect(seen).toEqual([error]);
  });

  test("without a request id that is a UUID has no instance, without any no request id", async () => {
    const event = httpEvent("function-url");
    const answers = await Promise.all(
      ["local-1", ""].map((awsRequestId) =>
        invoke(throwing(null), event, lambdaContext({ awsRequestId })),
      ),
    );
    const problems = answers.map((answer) => JSON.parse((answer.result as Answer).body));
    const { instance, requestId: _, ...rest } = internal;
    expect(problems).toEqual([{ ...rest, requestId: "local-1" }, rest]);
  });
});

describe("a map that fails", () => {
  test.each([
    ["returns a promise", () => Promise.reject(new Error("x")), "`map` returned a promise"],
    [
      "throws",
      () => {
        throw new Error("hunter2");
      },
      "`map` threw",
    ],
  ])("is told of once in the life of the process when it %s", async (_, map, said) => {
    vi.resetModules();
    const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const fresh = await import("../src/index.ts");
    const handler = middy()
      .use(fresh.errorSanitizer({ map: map as never }))
      .handler(() => {
        throw new Error("secret");
      });
    const first = await invoke(handler, httpEvent("alb"));
    const second = await invoke(handler, httpEvent("alb"));
    expect([first.result, second.result]).toMatchObject([{ statusCode: 500 }, { statusCode: 500 }]);
    expect(emitWarning).toHaveBeenCalledTimes(1);
    const [message, type] = emitWarning.mock.calls[0] ?? [];
    expect(message).toContain(said);
    expect(message).not.toContain("hunter2");
    expect(type).toBe("ErrorSanitizerWarning");
    emitWarning.mockRestore();
  });
});

describe("map", () => {
  class OrderNotFound extends Error {}
  const map: ErrorSanitizerOptions["map"] = (error) =>
    error instanceof OrderNotFound
      ? new PublicError(404, { code: "order_not_found", detail: "No such order." })
      : undefined;

  test("turns a known error into a public one, which is no crash", async () => {
    using captured = captureSecurityEvents();
    const problem = await problemOf(new OrderNotFound("id 1 not in shard 3"), { map });
    expect(problem).toMatchObject({ status: 404, detail: "No such order." });
    expect(captured.events).toEqual([]);
  });

  test("leaves unknown errors to the other rules", async () => {
    expect(await problemOf(new Error("x"), { map })).toEqual(internal);
    expect(await problemOf(createError(404, "x"), { map })).toMatchObject({ status: 404 });
  });

  test("comes before the status of a Middy error", async () => {
    const always = () => new PublicError(418, { code: "teapot", title: "I'm a teapot" });
    expect(await problemOf(createError(404, "x"), { map: always })).toMatchObject({
      status: 418,
      title: "I'm a teapot",
    });
  });

  test("is not asked about a public error", async () => {
    const never = () => {
      throw new Error("asked");
    };
    expect(await problemOf(new PublicError(409), { map: never })).toMatchObject({ status: 409 });
  });

  test("is given the request", async () => {
    const byPath: ErrorSanitizerOptions["map"] = (_, { event }) =>
      new PublicError(404, { detail: `${(event as { rawPath: string }).rawPath}` });
    expect(await problemOf(null, { map: byPath })).toMatchObject({ detail: "/orders/1" });
  });

  test.each([
    ["throws", () => JSON.parse("secret")],
    ["returns what is no public error", () => new Error("secret")],
    ["is asynchronous", async () => new PublicError(404)],
    ["is asynchronous and rejects", async () => Promise.reject(new Error("secret"))],
    ["returns a revoked proxy", () => revokedProxy()],
  ])("that %s counts as none", async (_, broken) => {
    using captured = captureSecurityEvents();
    const problem = await problemOf(new TypeError("secret"), { map: broken as never });
    expect(problem).toEqual(internal);
    expect(captured.events).toMatchObject([{ name: "sys_crash", params: ["TypeError"] }]);
  });

  const revokedProxy = () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
});

describe("options", () => {
  test("are checked when the factory is called", () => {
    const wrong = (options: object) => () => errorSanitizer(options);
    expect(wrong({ leakGaurd: "off" })).toThrow(
      '@middy-hardening/error-sanitizer: unknown option "leakGaurd". Did you mean "leakGuard"?',
    );
    expect(wrong({ leakGuard: true })).toThrow(TypeError);
    expect(wrong({ map: {} })).toThrow(TypeError);
    expect(wrong({ allowHeaders: "retry-after" })).toThrow("an array of header names");
    expect(wrong({ allowHeaders: ["bad name"] })).toThrow(TypeError);
    expect(wrong({ allowHeaders: ["x\r\ny"] })).toThrow(TypeError);
    expect(wrong({ allowHeaders: [1] })).toThrow(TypeError);
    expect(wrong({ typeBaseUrl: "" })).toThrow(TypeError);
    expect(wrong({ map: undefined, leakGuard: undefined })).not.toThrow();
  });

  test("and the factory is the default export too", () => {
    expect(errorSanitizerAsDefault).toBe(errorSanitizer);
  });
});
