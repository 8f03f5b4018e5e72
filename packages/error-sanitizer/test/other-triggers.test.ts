import middy from "@middy/core";
import httpErrorHandler from "@middy/http-error-handler";
import { createError } from "@middy/util";
import { PublicError, Secret } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  httpEvent,
  type InvocationOutcome,
  invoke,
  lambdaContext,
} from "@middy-hardening/testing";
import { describe, expect, test } from "vitest";
import { type ErrorSanitizerOptions, errorSanitizer } from "../src/index.ts";
import {
  alexaEvent,
  appSyncAuthorizerEvent,
  authorizerEvent,
  channelEvent,
  cognitoEvent,
  httpAuthorizerEvent,
  latticeEvent,
  lexEvent,
  resolverEvent,
  sqsEvent,
  webSocketEvent,
} from "./events.ts";

const requestId = "7d3a1f0e-9c64-4b1d-8f2a-5e6b7c8d9e0f";

const call = (
  thrown: unknown,
  { event = sqsEvent, ...options }: ErrorSanitizerOptions & { event?: unknown } = {},
): Promise<InvocationOutcome> => {
  const handler = middy()
    .use(errorSanitizer(options))
    .handler(() => {
      throw thrown;
    });
  return invoke(handler, event, lambdaContext({ awsRequestId: requestId }));
};

const internal = {
  errorType: "InternalError",
  errorMessage: `Internal error (request id: ${requestId})`,
  trace: [""],
};

describe("an unexpected error", () => {
  test("fails the invocation with a clean error, and the runtime logs no more of it", async () => {
    using captured = captureSecurityEvents();
    const error = Object.assign(new TypeError("connect postgres://app:hunter2@db"), {
      config: { headers: { authorization: "Bearer hunter2" } },
      cause: new Error("hunter2"),
    });
    const outcome = await call(error);
    expect(outcome.error).toEqual(internal);
    const [line = ""] = outcome.runtimeLog;
    expect(JSON.parse(line.slice(line.indexOf("{")))).toEqual({
      errorType: "InternalError",
      errorMessage: internal.errorMessage,
      stack: [""],
    });
    expect(captured.events).toMatchObject([
      { name: "sys_crash", params: ["TypeError"], outcome: "blocked", request: { requestId } },
    ]);
  });

  test.each([
    ["an Alexa skill", alexaEvent],
    ["a Lex bot", lexEvent],
    ["a service that the suite does not know", { service: "new", payload: {} }],
  ])("of %s is the neutral one of any function", async (_title, event) => {
    const { error } = await call(new Error("connect postgres://app:hunter2@db"), { event });
    expect(error).toEqual(internal);
  });

  test("is replaced by an error without own enumerable properties, cause or original", async () => {
    const handler = middy()
      .use(errorSanitizer())
      .handler(() => {
        throw Object.assign(new Error("secret"), { secret: 1 });
      });
    const thrown: unknown = await (handler(sqsEvent, lambdaContext()) as Promise<unknown>).catch(
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(Error);
    expect(Object.keys(thrown as Error)).toEqual([]);
    expect(Reflect.ownKeys(thrown as Error).toSorted()).toEqual(["message", "name", "stack"]);
  });

  test("without a request id has a message without one", async () => {
    const handler = middy()
      .use(errorSanitizer())
      .handler(() => {
        throw null;
      });
    const outcome = await invoke(handler, {}, lambdaContext({ awsRequestId: "" }));
    expect(outcome.error).toEqual({ ...internal, errorMessage: "Internal error" });
  });

  test.each([400, 503])("with Middy's status %d is internal: there is no HTTP", async (status) => {
    using captured = captureSecurityEvents();
    expect((await call(createError(status, "secret"))).error).toEqual(internal);
    expect(captured.events).toHaveLength(status >= 500 ? 1 : 0);
  });
});

describe("a public error", () => {
  test("says its detail or title, and nothing is reported as a crash", async () => {
    using captured = captureSecurityEvents();
    const detailed = new PublicError(409, { detail: "The order is shipped.", cause: "secret" });
    expect((await call(detailed)).error).toEqual({
      errorType: "conflict",
      errorMessage: `The order is shipped. (request id: ${requestId})`,
      trace: [""],
    });
    expect((await call(new PublicError(409))).error?.errorMessage).toBe(
      `Conflict (request id: ${requestId})`,
    );
    expect(captured.events).toEqual([]);
  });

  test("keeps a name of its own, on which a state machine may choose", async () => {
    class OrderShipped extends PublicError {
      override name = "OrderShipped";
    }
    expect((await call(new OrderShipped(409))).error?.errorType).toBe("OrderShipped");
    const map = () => new OrderShipped(409);
    expect((await call(new Error("secret"), { map })).error?.errorType).toBe("OrderShipped");
  });

  test("without a name of its own is told by its code", async () => {
    const error = new PublicError(409, { code: "order_shipped" });
    expect((await call(error)).error?.errorType).toBe("order_shipped");
  });

  test.each(["two words", "x".repeat(65), "", "1st", 7])(
    "loses a name that is none: %s",
    async (name) => {
      const named = Object.assign(new PublicError(409), { name });
      expect((await call(named)).error?.errorType).toBe("conflict");
      const coded = Object.assign(new PublicError(409), { name, code: name });
      expect((await call(coded)).error?.errorType).toBe("PublicError");
    },
  );

  const leaking = new PublicError(400, { detail: "connect ECONNREFUSED 10.0.3.17:5432" });

  test("whose detail leaks, as when an error's message was passed on, is internal", async () => {
    using captured = captureSecurityEvents();
    expect((await call(leaking)).error).toEqual(internal);
    expect(captured.events).toMatchObject([
      { name: "response_leak", params: ["system_error"], outcome: "blocked" },
    ]);
  });

  test("whose name or code is a secret is internal", async () => {
    using _ = new Secret("database", "correct_horse_battery");
    const error = new PublicError(400, { code: "correct_horse_battery", detail: "No." });
    expect((await call(error)).error).toEqual(internal);
  });

  test("whose detail leaks is only reported when asked", async () => {
    using captured = captureSecurityEvents();
    const message = "connect ECONNREFUSED 10.0.3.17:5432";
    const reported = await call(leaking, { leakGuard: "report" });
    expect(reported.error?.errorMessage).toContain(message);
    expect(captured.events).toMatchObject([{ name: "response_leak", outcome: "detected" }]);
    const off = await call(leaking, { leakGuard: "off" });
    expect(off.error?.errorMessage).toContain(message);
    expect(captured.events).toHaveLength(1);
  });
});

describe("a Lambda authorizer", () => {
  test.each([
    ["an error of that message", new Error("Unauthorized")],
    ["that text", "Unauthorized"],
    ["a public 401", new PublicError(401, { detail: "The token has expired." })],
    ["Middy's 401", createError(401, "x")],
  ])("that throws %s fails with exactly `Unauthorized`, which means 401", async (_, thrown) => {
    using captured = captureSecurityEvents();
    expect((await call(thrown, { event: authorizerEvent })).error).toEqual({
      errorType: "Unauthorized",
      errorMessage: "Unauthorized",
      trace: [""],
    });
    expect(captured.events).toEqual([]);
  });

  test.each([
    ["an unexpected error", new Error("jwks: ENOTFOUND")],
    ["a message that only begins so", new Error("Unauthorized: kid abc")],
    ["null", null],
  ])("that throws %s fails as any other function", async (_, thrown) => {
    using captured = captureSecurityEvents();
    expect((await call(thrown, { event: authorizerEvent })).error).toEqual(internal);
    expect(captured.events).toMatchObject([{ name: "sys_crash" }]);
  });

  const denied = (arn: string) => ({
    principalId: "denied",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: "Deny", Resource: arn }],
    },
  });
  const forbidden = [new PublicError(403, { detail: "Not your order." }), createError(403, "x")];

  test.each(forbidden)("that throws a 403 denies this request by a policy: %s", async (thrown) => {
    using captured = captureSecurityEvents();
    const { result } = await call(thrown, { event: authorizerEvent });
    expect(result).toEqual(denied(authorizerEvent.methodArn));
    expect(captured.events).toEqual([]);
  });

  test("of an HTTP API denies in both forms that the API may read", async () => {
    const { result } = await call(forbidden[0], { event: httpAuthorizerEvent });
    expect(result).toEqual({ isAuthorized: false, ...denied(httpAuthorizerEvent.routeArn) });
    expect((await call("Unauthorized", { event: httpAuthorizerEvent })).error).toMatchObject({
      errorMessage: "Unauthorized",
    });
  });

  test.each([401, 403])("of AppSync that throws a %d denies", async (status) => {
    const { result } = await call(new PublicError(status), { event: appSyncAuthorizerEvent });
    expect(result).toEqual({ isAuthorized: false });
  });

  test.each([authorizerEvent, httpAuthorizerEvent, appSyncAuthorizerEvent])(
    "that fails for another reason fails: a verdict would be cached",
    async (event) => {
      expect((await call(new Error("jwks: ENOTFOUND"), { event })).error).toEqual(internal);
      expect((await call(new PublicError(429), { event })).error).toMatchObject({
        errorType: "too_many_requests",
      });
    },
  );

  test("whose event a middleware took away denies", async () => {
    const handler = middy()
      .use(errorSanitizer())
      .before((request) => {
        request.event = null;
      })
      .handler(() => {
        throw new PublicError(403);
      });
    expect((await invoke(handler, authorizerEvent)).result).toEqual({ isAuthorized: false });
  });

  test("alone gives that message a meaning", async () => {
    expect((await call(new Error("Unauthorized"))).error).toEqual(internal);
  });
});

describe("a result that an inner onError has set", () => {
  const handled = (response: unknown, event: unknown): Promise<InvocationOutcome> => {
    const handler = middy()
      .use(errorSanitizer())
      .onError((request) => {
        request.response = response;
      })
      .handler(() => {
        throw new Error("secret");
      });
    return invoke(handler, event, lambdaContext({ awsRequestId: requestId }));
  };

  test("does not turn a failed batch into a done one when it is an HTTP response", async () => {
    const handler = middy()
      .use(errorSanitizer())
      .use(httpErrorHandler({ logger: false }))
      .handler(() => {
        throw new Error("secret");
      });
    const outcome = await invoke(handler, sqsEvent, lambdaContext({ awsRequestId: requestId }));
    expect(outcome.error).toEqual(internal);
  });

  test("of HTTP form is no result for SQS, whoever makes it and however", async () => {
    const hostile = {
      get statusCode() {
        throw new Error("secret");
      },
    };
    for (const response of [{ statusCode: 500 }, { statusCode: "200" }, hostile]) {
      expect((await handled(response, sqsEvent)).error).toEqual(internal);
    }
  });

  test("of the trigger's own form stays, and nothing is reported", async () => {
    using captured = captureSecurityEvents();
    const results = [
      { batchItemFailures: [{ itemIdentifier: "059f36b4" }] },
      { statusCode: "pending" },
      "done",
      null,
    ];
    for (const result of results) {
      expect(await handled(result, sqsEvent)).toMatchObject({ result });
    }
    expect(captured.events).toEqual([]);
  });

  test("of HTTP form stays for triggers that read one", async () => {
    const response = { statusCode: 401 };
    expect((await handled(response, webSocketEvent)).result).toEqual(response);
    expect((await handled(response, httpEvent("alb"))).result).toMatchObject(response);
  });
});

describe("Cognito, which shows the message to its user,", () => {
  test("gets a neutral sentence", async () => {
    const { error } = await call(new Error("hunter2"), { event: cognitoEvent });
    expect(error).toEqual({
      errorType: "InternalError",
      errorMessage: "Something went wrong. Please try again later.",
      trace: [""],
    });
  });

  test("gets the words of a public error, and no more", async () => {
    const thrown = new PublicError(403, { detail: "Sign up with your company's address." });
    const { error } = await call(thrown, { event: cognitoEvent });
    expect(error).toMatchObject({
      errorType: "forbidden",
      errorMessage: "Sign up with your company's address.",
    });
  });
});

describe("AppSync", () => {
  const shipped = new PublicError(409, { code: "order_shipped", detail: "It is shipped." });

  test.each([
    ["a resolver", resolverEvent],
    ["a handler of AppSync Events", channelEvent],
  ])("gets a clean error of %s", async (_, event) => {
    expect((await call(new Error("hunter2"), { event })).error).toEqual(internal);
    expect((await call(shipped, { event })).error).toEqual({
      errorType: "order_shipped",
      errorMessage: "It is shipped.",
      trace: [""],
    });
  });

  test("gets an error for each of a batch of resolvers", async () => {
    using captured = captureSecurityEvents();
    const event = [resolverEvent, resolverEvent];
    const failed = {
      data: null,
      errorMessage: internal.errorMessage,
      errorType: "InternalError",
    };
    expect((await call(new Error("hunter2"), { event })).result).toEqual([failed, failed]);
    expect(captured.events).toMatchObject([{ name: "sys_crash" }]);
    const refused = { data: null, errorMessage: "It is shipped.", errorType: "order_shipped" };
    expect((await call(shipped, { event })).result).toEqual([refused, refused]);
  });
});

describe.each([
  ["a WebSocket API", webSocketEvent],
  ["VPC Lattice", latticeEvent],
])("%s, which reads an HTTP response,", (_, event) => {
  test("gets problem details", async () => {
    const { result } = await call(new PublicError(403, { code: "not_yours" }), { event });
    expect(result).toMatchObject({
      statusCode: 403,
      headers: { "content-type": "application/problem+json" },
    });
    expect(JSON.parse((result as { body: string }).body)).toMatchObject({ code: "not_yours" });
    expect((await call(new Error("hunter2"), { event })).payload).not.toContain("hunter2");
  });

  test("gets no response that leaks", async () => {
    using captured = captureSecurityEvents();
    const handler = middy()
      .use(errorSanitizer())
      .handler(() => ({ statusCode: 200, body: "postgres://app:hunter2@db/orders" }));
    expect((await invoke(handler, event)).result).toMatchObject({ statusCode: 500 });
    expect(captured.events).toMatchObject([{ name: "response_leak", outcome: "blocked" }]);
  });
});

describe("an HTTP error that a handler of records returns, as one that an API calls too may,", () => {
  const returning = (response: unknown, event: unknown): Promise<InvocationOutcome> => {
    const handler = middy()
      .use(errorSanitizer())
      .handler(() => response);
    return invoke(handler, event, lambdaContext({ awsRequestId: requestId }));
  };

  test.each([{ statusCode: 500 }, { statusCode: 400, body: "" }, { statusCode: "503" }])(
    "fails the batch, which would count as done: %j",
    async (response) => {
      using captured = captureSecurityEvents();
      expect((await returning(response, sqsEvent)).error).toEqual(internal);
      expect(captured.events).toMatchObject([{ name: "sys_crash", params: ["HttpErrorResponse"] }]);
    },
  );

  test("is a result like any other elsewhere, and so is success", async () => {
    const failed = { statusCode: 500 };
    expect((await returning(failed, {})).result).toEqual(failed);
    const done = { statusCode: 200 };
    expect((await returning(done, sqsEvent)).result).toEqual(done);
  });
});

test("a result of another trigger passes through untouched", async () => {
  const result = {
    Error: "at fn (/var/task/index.js:1:2)",
    text: "\n    at fn (/var/task/index.js:1:2)",
  };
  const handler = middy()
    .use(errorSanitizer())
    .handler(() => result);
  expect(await handler(sqsEvent, lambdaContext())).toBe(result);
});
