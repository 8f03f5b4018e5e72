import { channel } from "node:diagnostics_channel";
import { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import {
  invocationOf,
  publishSecurityEvent,
  SECURITY_EVENT_CHANNEL,
  Secret,
} from "@middy-hardening/core";
import { HTTP_KINDS, httpEvent, invoke, lambdaContext } from "@middy-hardening/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createRedactor, ocsf, securityLogger } from "../src/index.ts";
import {
  answering,
  chain,
  httpGet,
  ok,
  printedBy,
  printedByInvoking,
  publishing,
  refusing,
  warningsBy,
} from "./chain.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the line of a security event", () => {
  it.each(HTTP_KINDS)("has the vocabulary's fields for a request of %s", async (kind) => {
    const event = httpEvent(kind, {
      method: "POST",
      path: "/orders?coupon=SAVE10",
      body: { quantity: -1 },
      headers: { "User-Agent": "curl/8.9", Authorization: "Bearer abc" },
      sourceIp: "198.51.100.9",
    });
    const context = lambdaContext({ awsRequestId: "id-1", functionName: "orders-api" });

    const { events, lines } = await printedBy(() =>
      invoke(chain(refusing(["#/quantity"])).handler(ok), event, context),
    );

    expect(events).toEqual([
      {
        level: "WARN",
        message: "Security event",
        timestamp: expect.any(String),
        service: "service_undefined",
        sampling_rate: 0,
        security_log: "event",
        datetime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/),
        appid: "orders-api",
        event: "input_validation_fail:#/quantity",
        description: "The body is invalid. (422 invalid)",
        outcome: "blocked",
        source: "@middy-hardening/test",
        source_ip: "198.51.100.9",
        request_method: "POST",
        request_uri: "/orders",
        useragent: "curl/8.9",
        event_source: kind.replace("-multi-value", ""),
        function_request_id: "id-1",
      },
    ]);
    expect(lines.join()).not.toMatch(/SAVE10|Bearer|"quantity"/);
  });

  it.each([
    ["authn_login_success", "INFO"],
    ["input_validation_fail", "WARN"],
    ["authz_fail", "CRITICAL"],
  ] as const)("has for %s the level %s", async (name, level) => {
    const { events } = await printedByInvoking(chain(publishing({ name })).handler(ok));

    expect(events).toMatchObject([
      { event: name, level, outcome: "detected", source: "application" },
    ]);
  });

  it("is printed for what a handler publishes with its own event and context", async () => {
    const { events } = await printedByInvoking(
      chain().handler(async (event, context) => {
        publishSecurityEvent({ event, context }, { name: "authz_fail", params: ["u-1", "order"] });
        return ok();
      }),
    );

    expect(events).toMatchObject([{ event: "authz_fail:u-1,order", level: "CRITICAL" }]);
  });

  it("has the vocabulary's level when a publisher without types made one up", async () => {
    const severity = "SEVERE" as "WARN";
    const handler = chain(publishing({ name: "authz_fail", severity })).handler(ok);

    expect((await printedByInvoking(handler)).events).toMatchObject([{ level: "CRITICAL" }]);
  });

  it("has no empty fields, whatever is missing", async () => {
    const handler = middy()
      .use(securityLogger({ flood: { burst: 1, sampleRate: 0 } }))
      .before((request) => {
        channel(SECURITY_EVENT_CHANNEL).publish({
          name: "",
          params: ["", "x"],
          request: invocationOf(request),
        });
      })
      .handler(async () => {
        throw "";
      });

    const { events, invocations, lines } = await printedBy(async () => {
      for (let count = 0; count < 2; count++) {
        await Promise.resolve(handler({}, {} as never, undefined as never)).catch(() => {});
      }
    });

    expect(lines.join()).not.toMatch(/:(?:null|"")/);
    expect(events).toMatchObject([{ event: "unknown:,x" }]);
    expect(invocations).toMatchObject([{ outcome: "failed", error: { type: "string" } }]);
  });

  it("is a warning for what others put on the channel with a level of their own", async () => {
    const handler = chain({
      before: (request) =>
        channel(SECURITY_EVENT_CHANNEL).publish({
          name: "made_up",
          params: [],
          severity: "SEVERE",
          outcome: "x\n{}",
          request: invocationOf(request),
        }),
    }).handler(ok);

    expect((await printedByInvoking(handler)).events).toMatchObject([
      { level: "WARN", event: "made_up", outcome: "x\\u{a}{}" },
    ]);
  });

  it("shows no token that an application takes for the name of a user", async () => {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
    const jwt = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: "u-1", role: "admin" })}.c2ln`;
    const handler = chain(
      publishing({ name: "authz_fail", params: [jwt, "order"], description: `${jwt} is out.` }),
    ).handler(ok);

    const { events, lines } = await printedByInvoking(handler);

    expect(lines.join()).not.toContain(jwt.slice(0, 40));
    expect(events[0]?.event).toMatch(/^authz_fail:\[redacted jwt\]…?,order$/);
  });

  it("survives what an application gives for parameters, and so does the application", async () => {
    const thrower = (): never => {
      throw new Error("hostile");
    };
    const params = [{ toString: thrower }, Symbol("x"), 7n, ...Array(1000).fill("y".repeat(1000))];
    const handler = chain(publishing({ name: "authz_fail", params })).handler(ok);

    const { events, invocations, lines } = await printedByInvoking(handler);

    expect(events[0]?.event).toMatch(/^authz_fail:object,Symbol\(x\),7,y+/);
    expect(lines.join().length).toBeLessThan(4_000);
    expect(invocations).toMatchObject([{ outcome: "served", status: 200 }]);
  });

  it("says nothing of HTTP for a trigger without it", async () => {
    const handler = chain(publishing({ name: "sys_crash" })).handler(async () => ({ done: 1 }));

    const { events } = await printedByInvoking(handler, { order: 1 });

    expect(events).toMatchObject([{ event: "sys_crash", event_source: "direct" }]);
    expect(events[0]).not.toHaveProperty("source_ip");
    expect(events[0]).not.toHaveProperty("request_uri");
  });

  it("names the application as it was told to", async () => {
    const handler = middy()
      .use(securityLogger({ applicationId: "shop.orders" }))
      .use(publishing({ name: "sys_crash" }))
      .handler(ok);

    const { events, invocations } = await printedByInvoking(handler);

    expect(events).toMatchObject([{ appid: "shop.orders" }]);
    expect(invocations).toMatchObject([{ appid: "shop.orders" }]);
  });

  it("has as many parameters as were published, whatever commas an attacker puts into one", async () => {
    const { events } = await printedByInvoking(
      chain(refusing(["#/x,admin", "second"])).handler(ok),
    );

    expect(events).toMatchObject([{ event: "input_validation_fail:#/x%2Cadmin,second" }]);
  });

  it("stays one line of visible characters for a request that tries to forge another", async () => {
    const forged = `\n{"level":"INFO","message":"Security event"}\r\u2028\u202e\u001b[2K`;
    const event = {
      ...httpGet,
      rawPath: `/orders${forged}`,
      requestContext: {
        ...httpGet.requestContext,
        http: { ...httpGet.requestContext.http, userAgent: forged, method: `GET${forged}` },
      },
    };

    const { lines } = await printedByInvoking(chain(refusing([forged])).handler(ok), event);

    expect(lines).toHaveLength(2);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
    for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u2028\u202e]|\\n|\\r/);
  });

  it("has none of its texts when a live secret stands in it", async () => {
    using _secret = new Secret("api-key", "sk-4f9a-very-secret");
    const event = httpEvent("api-gateway-http", {
      path: "/keys/sk-4f9a-very-secret",
      headers: { "User-Agent": "key=sk-4f9a-very-secret" },
    });
    const input = { name: "authz_fail", description: "Key sk-4f9a-very-secret is out." } as const;
    const handler = chain(publishing({ ...input, params: ["sk-4f9a-very-secret"] })).handler(ok);

    const { events, invocations, lines } = await printedByInvoking(handler, event);

    expect(lines.join()).not.toContain("sk-4f9a");
    expect(events).toMatchObject([
      {
        event: "authz_fail:[secret api-key]",
        description: "Key [secret api-key] is out.",
        request_uri: "/keys/[secret api-key]",
        useragent: "key=[secret api-key]",
      },
    ]);
    expect(invocations).toMatchObject([{ request_uri: "/keys/[secret api-key]" }]);
  });
});

describe("what an application knows to be secret", () => {
  it("is masked by its own redactor in every text of a line", async () => {
    const redactor = createRedactor({ patterns: [/CUST\d+/g] });
    const handler = middy()
      .use(securityLogger({ redactor, principal: () => "CUST1" }))
      .use(publishing({ name: "authz_fail", params: ["CUST2"], description: "CUST3 is out." }))
      .handler(async () => {
        throw new Error("No CUST4");
      });

    const { events, invocations, lines } = await printedByInvoking(
      handler,
      httpEvent("alb", { path: "/CUST5" }),
    );

    expect(lines.join()).not.toMatch(/CUST\d/);
    expect(events).toMatchObject([
      { event: "authz_fail:[redacted pattern]", request_uri: "/[redacted pattern]" },
    ]);
    expect(invocations).toMatchObject([
      { principal: "[redacted pattern]", error: { message: "No [redacted pattern]" } },
    ]);
  });
});

describe("which events are printed", () => {
  it("prints an event once, however many handlers of this process have a logger", async () => {
    const others = [chain().handler(ok), chain().handler(ok)];
    for (const other of others) await printedByInvoking(other);

    const { events } = await printedByInvoking(chain(refusing()).handler(ok));

    expect(events).toHaveLength(1);
  });

  it("prints event and invocation once when a chain has the middleware twice", async () => {
    const twice = chain(securityLogger({ applicationId: "inner" }), refusing()).handler(ok);

    const { events, invocations, metrics } = await printedByInvoking(twice);

    expect(events).toMatchObject([{ appid: "orders" }]);
    expect(invocations).toMatchObject([{ appid: "orders", status: 422 }]);
    expect(metrics).toHaveLength(1);
    expect((await printedByInvoking(chain(securityLogger()).handler(ok))).invocations).toHaveLength(
      1,
    );
  });

  it("leaves alone the events of a handler that has no logger", async () => {
    chain();
    const bare = middy()
      .use(publishing({ name: "authz_fail" }))
      .handler(ok);

    expect((await printedByInvoking(bare)).lines).toEqual([]);
  });

  it("prints an event that is published further out, after the invocation's own line", async () => {
    const handler = middy()
      .onError((request) =>
        publishSecurityEvent(request, { name: "sys_crash", source: "@middy-hardening/test" }),
      )
      .use(securityLogger())
      .handler(async () => {
        throw new Error("disk full");
      });
    const context = lambdaContext({ awsRequestId: "id-7" });

    const { events, invocations } = await printedBy(() => invoke(handler, httpGet, context));

    expect(invocations).toMatchObject([{ function_request_id: "id-7", outcome: "failed" }]);
    expect(events).toMatchObject([{ event: "sys_crash", function_request_id: "id-7" }]);
  });

  it("survives messages on the channel that are no security events", async () => {
    const messages = channel(SECURITY_EVENT_CHANNEL);
    chain();
    const hostile = {
      get request(): never {
        throw new Error("not yours");
      },
    };

    const { lines } = await printedBy(async () => {
      for (const message of [null, undefined, "text", {}, { request: 1 }, hostile]) {
        messages.publish(message);
      }
      // An exception of a subscriber would be thrown here, out of anyone's reach.
      await new Promise((resolve) => setImmediate(resolve));
    });

    expect(lines).toEqual([]);
  });
});

describe("levels, sampling and buffers of the application's Logger", () => {
  const attacked = (logger: Logger) =>
    middy().use(securityLogger({ logger })).use(refusing()).handler(ok);

  it("takes over its service name and persistent attributes", async () => {
    const logger = new Logger({ serviceName: "orders", persistentKeys: { team: "blue" } });

    const { events, invocations } = await printedByInvoking(attacked(logger));

    expect(events).toMatchObject([{ service: "orders", team: "blue" }]);
    expect(invocations).toMatchObject([{ service: "orders", team: "blue" }]);
  });

  it("does not lose a security event to a level that is set against noise", async () => {
    const logger = new Logger({ logLevel: "CRITICAL" });

    const { events, invocations } = await printedByInvoking(attacked(logger));

    expect(events).toMatchObject([{ level: "WARN" }]);
    expect(invocations).toEqual([]);
  });

  it("follows the level of the Logger for the invocation's own line, also when it changes", async () => {
    const logger = new Logger({ logLevel: "ERROR" });
    const handler = attacked(logger);
    expect((await printedByInvoking(handler)).invocations).toEqual([]);

    logger.setLogLevel("WARN");

    expect((await printedByInvoking(handler)).invocations).toMatchObject([{ outcome: "refused" }]);
  });

  it("prints no line on a Logger that is silent, and counts all the same", async () => {
    const { lines, metrics } = await printedByInvoking(
      attacked(new Logger({ logLevel: "SILENT" })),
    );

    expect(lines).toEqual([]);
    expect(metrics).toHaveLength(1);
  });

  it("does not lose a security event in a buffer that is never flushed", async () => {
    vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-68a1b2c3-0123456789abcdef01234567");
    const logger = new Logger({ logBufferOptions: { bufferAtVerbosity: "WARN" } });

    expect((await printedByInvoking(attacked(logger))).events).toHaveLength(1);
  });

  it("keeps what an application appends to its Logger for one invocation off the lines", async () => {
    const logger = new Logger({ persistentKeys: { team: "blue" } });
    logger.appendKeys({ user: "mallory" });
    const handler = attacked(logger);
    logger.appendKeys({ basket: 7 });

    const { events } = await printedByInvoking(handler);

    expect(events).toMatchObject([{ team: "blue" }]);
    expect(events[0]).not.toHaveProperty("user");
    expect(events[0]).not.toHaveProperty("basket");
  });

  it("warns when Lambda's own log level would drop security events", async () => {
    vi.stubEnv("AWS_LAMBDA_LOG_LEVEL", "ERROR");
    const ofEvents = await warningsBy(() => securityLogger());
    vi.stubEnv("AWS_LAMBDA_LOG_LEVEL", "WARN");
    const ofOcsf = await warningsBy(() => securityLogger({ format: ocsf }));

    expect(ofEvents).toMatchObject([
      { name: "SecurityLoggerWarning", message: expect.stringContaining("events of level INFO") },
    ]);
    expect(ofOcsf).toMatchObject([
      { name: "SecurityLoggerWarning", message: expect.stringContaining("all lines of OCSF") },
    ]);
    expect(await warningsBy(() => securityLogger())).toEqual([]);
  });

  it("does not print a line of its own when it is made", async () => {
    vi.stubEnv("POWERTOOLS_LOGGER_SAMPLE_RATE", "1");
    const logger = new Logger({ logLevel: "ERROR", sampleRateValue: 0 });

    const { lines } = await printedBy(async () => {
      middy().use(answering()).use(securityLogger({ logger }));
    });

    expect(lines).toEqual([]);
  });
});
