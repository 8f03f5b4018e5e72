import { createRequire } from "node:module";
import { Logger } from "@aws-lambda-powertools/logger";
import { search } from "@aws-lambda-powertools/logger/correlationId";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { publishSecurityEvent } from "@middy-hardening/core";
import { captureOutput, invoke, lambdaContext } from "@middy-hardening/testing";
import type { Context } from "aws-lambda";
import { afterEach, describe, expect, it, vi } from "vitest";
import { securityLogger } from "../src/index.ts";
import { createRedactor } from "../src/redact/redactor.ts";
import { createSecureLogger } from "../src/secure-logger.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

function recordsOf(work: () => void) {
  using output = captureOutput();
  work();
  return output.records;
}

const secret = { password: "hunter2" };

describe("an application's own Logger", () => {
  it("is secured in place: every module that holds it prints through the same", () => {
    const logger = new Logger({ serviceName: "orders", persistentKeys: secret });
    logger.appendKeys({ token: "hunter2hunter2" });

    const secure = createSecureLogger({ logger });
    const records = recordsOf(() => {
      logger.info("text", { ...secret, level: "forged" });
      secure.info("text");
    });

    expect(secure).toBe(logger);
    expect(records).toMatchObject([{ service: "orders", level: "INFO" }, { service: "orders" }]);
    expect(JSON.stringify(records)).not.toContain("hunter2");
  });

  it("may be of a class of the application, whose children are secured too", () => {
    class OwnLogger extends Logger {
      override createLogger(options: ConstructorParameters<typeof Logger>[0]): OwnLogger {
        return new OwnLogger(options);
      }
      audit(text: string): void {
        this.info(text, { audit: true, ...secret });
      }
    }
    const logger = new OwnLogger();
    createSecureLogger({ logger });

    const records = recordsOf(() => {
      logger.audit("text");
      (logger.createChild().createChild() as OwnLogger).audit("text");
    });

    expect(records).toMatchObject([{ audit: true }, { audit: true }]);
    expect(JSON.stringify(records)).not.toContain("hunter2");
  });

  it("may be of another copy of Powertools", () => {
    const other = createRequire(import.meta.url)("@aws-lambda-powertools/logger") as {
      Logger: typeof Logger;
    };
    expect(other.Logger).not.toBe(Logger);
    const logger = createSecureLogger({ logger: new other.Logger({ persistentKeys: secret }) });

    const records = recordsOf(() => {
      logger.info("text", { ...secret, level: "forged" });
      logger.createChild().error("text", new Error("token=hunter2hunter2"));
    });

    expect(records).toMatchObject([
      { level: "INFO", attributes: { level: "forged" } },
      { level: "ERROR", error: { name: "Error" } },
    ]);
    expect(JSON.stringify(records)).not.toContain("hunter2");
  });

  it("stays as it is when it is secured again, but for a redactor that is given", () => {
    const logger = createSecureLogger({ redactor: createRedactor({ maxStringLength: 10 }) });
    const long = "x".repeat(1000);

    const [first, again, replaced] = recordsOf(() => {
      logger.info("text", { long });
      createSecureLogger({ logger }).info("text", { long });
      createSecureLogger({ logger, redactor: createRedactor() }).info("text", { long });
    });

    expect(String(first?.long).length).toBeLessThan(100);
    expect(again?.long).toBe(first?.long);
    expect(replaced?.long).toBe(long);
  });

  it("can be frozen afterwards, but not before: nothing of it could be secured", () => {
    const logger = Object.freeze(createSecureLogger());

    expect(recordsOf(() => logger.info("text", { ...secret }))).toHaveLength(1);
    expect(createSecureLogger({ logger })).toBe(logger);
    expect(() => createSecureLogger({ logger: Object.freeze(new Logger()) })).toThrow(
      new TypeError(
        '@middy-hardening/security-logger: createSecureLogger: option "logger" must be ' +
          "a Powertools Logger (2.35 or later) that is not frozen, or options for one, " +
          "but got an object.",
      ),
    );
  });
});

describe("a wrong option", () => {
  it.each<[string, unknown]>([
    ["logger", { logger: "hunter2" }],
    ["logger", { logger: { createChild() {}, note: "hunter2" } }],
    ["redactor", { redactor: { redact: "hunter2" } }],
  ])("%s is refused, by its type alone", (name, options) => {
    const create = () => createSecureLogger(options as never);

    expect(create).toThrow(TypeError);
    expect(create).toThrow(`"${name}"`);
    expect(create).not.toThrow("hunter2");
  });
});

describe("a redactor that is not ours", () => {
  it("may let everything through: the own fields hold, and nothing is thrown", () => {
    const redactor = { redact: (value: unknown) => value, text: (value: string) => value };
    const attributes: unknown = JSON.parse(
      '{"__proto__": {"function_request_id": "forged"}, "a": 1}',
    );

    const records = recordsOf(() => {
      const logger = createSecureLogger({ redactor });
      logger.info("text", attributes as never);
      logger.info("text", { level: "forged", big: 1n });
    });

    expect(records).toMatchObject([{ a: 1 }, { level: "INFO", attributes: { level: "forged" } }]);
    expect(Object.keys(records[0] ?? {})).not.toContain("function_request_id");
  });

  it("may make a text of everything, or fail", () => {
    const text = (value: string): string => value;
    const redact = (): never => {
      throw new TypeError("hunter2");
    };

    const records = recordsOf(() => {
      const logger = createSecureLogger({ redactor: { redact: () => "hidden", text } });
      logger.info("text", { a: 1 });
      logger.error("text", new Error("x"));
      createSecureLogger({ redactor: { redact, text } }).info("text", { a: 1 });
    });

    expect(records).toMatchObject([
      { message: "text", extra: "hidden" },
      { message: "text", error: "hidden" },
      { message: "A log record could not be printed.", logger_failure: "TypeError" },
    ]);
    expect(JSON.stringify(records)).not.toContain("hunter2");
  });
});

describe("children of a secure Logger", () => {
  it("are secure, and have its keys and context", () => {
    const logger = createSecureLogger({ logger: { persistentKeys: { a: 1 } } });
    logger.addContext(lambdaContext({ awsRequestId: "id-1" }));
    logger.appendKeys({ b: 2 });

    const [record] = recordsOf(() =>
      logger
        .createChild({ persistentKeys: { c: 3, token: "hunter2hunter2" } as never })
        .info("text", {
          function_request_id: "forged",
        }),
    );

    expect(record).toMatchObject({ a: 1, b: 2, c: 3, function_request_id: "id-1" });
    expect(JSON.stringify(record)).not.toContain("hunter2");
  });

  it("print nothing that is not redacted while they are made", () => {
    const records = recordsOf(() => {
      createSecureLogger().createChild({
        persistentKeys: secret,
        persistentLogAttributes: secret,
      } as never);
      createSecureLogger({
        logger: { persistentKeys: secret, persistentLogAttributes: secret } as never,
      });
    });

    expect(records.length).toBeGreaterThan(0);
    expect(JSON.stringify(records)).not.toContain("hunter2");
  });

  it("have levels of their own", () => {
    const logger = createSecureLogger({ logger: { logLevel: "ERROR" } });
    const child = logger.createChild({ logLevel: "DEBUG" });

    const records = recordsOf(() => {
      logger.info("not this");
      child.debug("this");
      logger.setLogLevel("TRACE");
      logger.trace("and this");
    });

    expect(records.map((record) => record.message)).toEqual(["this", "and this"]);
  });
});

describe("keys of a secure Logger", () => {
  it("are appended, merged, removed and reset", () => {
    const records = recordsOf(() => {
      const logger = createSecureLogger();
      logger.appendKeys({ a: { first: 1 }, b: 2 });
      logger.appendKeys({ a: { second: 2 } });
      logger.appendPersistentKeys({ c: 3 });
      logger.info("text");
      logger.removeKeys(["b"]);
      logger.removePersistentKeys(["c"]);
      logger.info("text");
      logger.resetKeys();
      logger.info("text");
    });

    expect(records).toMatchObject([
      { a: { first: 1, second: 2 }, b: 2, c: 3 },
      { a: { first: 1, second: 2 } },
      {},
    ]);
    expect(records[1]).not.toHaveProperty("b");
    expect(records[1]).not.toHaveProperty("c");
    expect(records[2]).not.toHaveProperty("a");
  });

  it("hold no secret in memory", () => {
    const logger = createSecureLogger({ logger: { persistentKeys: secret } });
    logger.appendPersistentKeys({ deep: { ...secret } });

    expect(JSON.stringify(logger.getPersistentLogAttributes())).not.toContain("hunter2");
  });
});

describe("Powertools' middleware on a secure Logger", () => {
  const chain = (
    logger: Logger,
    options: Parameters<typeof injectLambdaContext>[1],
    handler: () => unknown,
  ) =>
    middy()
      .use(injectLambdaContext(logger, options))
      .handler(async () => handler());

  it("logs the event, without its secrets", async () => {
    using output = captureOutput();
    const logger = createSecureLogger();

    await invoke(
      chain(logger, { logEvent: true }, () => 1),
      { headers: { Authorization: "Bearer hunter2hunter2" }, body: JSON.stringify(secret), id: 7 },
      lambdaContext({ awsRequestId: "id-1" }),
    );

    expect(output.records).toMatchObject([
      { message: "Lambda invocation event", function_request_id: "id-1", event: { id: 7 } },
    ]);
    expect(output.text).not.toContain("hunter2");
  });

  it("finds the correlation id, and survives a search function that throws", async () => {
    using output = captureOutput();
    const logger = createSecureLogger({ logger: { correlationIdSearchFn: search } });
    const failing = createSecureLogger({
      logger: {
        correlationIdSearchFn: () => {
          throw new TypeError("hunter2");
        },
      },
    });

    for (const each of [logger, failing]) {
      const handler = chain(each, { correlationIdPath: "headers.id" }, () => each.info("text"));
      const { error } = await invoke(handler, { headers: { id: "c-1" } });
      expect(error).toBeUndefined();
    }

    expect(output.records).toMatchObject([
      { message: "text", correlation_id: "c-1" },
      {
        level: "ERROR",
        message: "Logger.setCorrelationId failed: what it was given has no effect.",
        logger_failure: "TypeError",
      },
      { message: "text" },
    ]);
    expect(output.text).not.toContain("hunter2");
  });

  it("flushes buffered lines, redacted before they were buffered, when the handler throws", async () => {
    vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-5759e988");
    using output = captureOutput();
    const logger = createSecureLogger({ logger: { logBufferOptions: { enabled: true } } });
    const cause = Object.assign(new Error("deep"), secret);
    cause.cause = cause;

    const { error } = await invoke(
      chain(logger, { flushBufferOnUncaughtError: true }, () => {
        logger.debug("buffered", { ...secret, function_request_id: "forged" });
        expect(output.records).toEqual([]);
        throw new TypeError("no price", { cause });
      }),
      {},
      lambdaContext({ awsRequestId: "id-1" }),
    );

    expect(error).toMatchObject({ errorType: "TypeError", errorMessage: "no price" });
    expect(output.records).toMatchObject([
      { level: "DEBUG", message: "buffered", function_request_id: "id-1" },
      { level: "ERROR", error: { message: "no price", cause: { message: "deep" } } },
    ]);
    expect(output.text).not.toContain("hunter2");
  });

  it("works as a decorator", async () => {
    using output = captureOutput();
    const logger = createSecureLogger();
    const descriptor = {
      value: async (_event: unknown, _context: Context): Promise<void> => logger.info("text"),
    };
    const decorate = logger.injectLambdaContext({ logEvent: true, resetKeys: true });
    (decorate as (...args: unknown[]) => void)({}, "handler", descriptor);

    await descriptor.value({ ...secret }, lambdaContext({ awsRequestId: "id-1" }));

    expect(output.records).toMatchObject([
      { message: "Lambda invocation event", function_request_id: "id-1" },
      { message: "text" },
    ]);
    expect(output.text).not.toContain("hunter2");
  });
});

describe("securityLogger on a secure Logger", () => {
  it("tells the invocation that a line is about, whatever context the Logger has", async () => {
    const logger = createSecureLogger({ logger: { serviceName: "orders" } });
    logger.addContext(lambdaContext({ awsRequestId: "earlier" }));
    const handler = middy()
      .use(securityLogger({ logger, applicationId: "shop" }))
      .before((request) => {
        publishSecurityEvent(request, { name: "authz_fail", params: ["user-1"] });
      })
      .handler(async () => {
        throw new Error("no price");
      });
    using output = captureOutput();

    await invoke(handler, {}, lambdaContext({ awsRequestId: "id-1" }));

    const lines = output.records.filter((record) => !("_aws" in record));
    expect(lines).toMatchObject([
      { message: "Security event", service: "orders", event: "authz_fail:user-1" },
      { message: "Invocation", service: "orders", cold_start: false },
    ]);
    for (const line of lines) {
      expect(line.function_request_id).toBe("id-1");
      expect(line.appid).toBe("shop");
      expect(line).not.toHaveProperty("attributes");
    }
  });
});

describe("settings of Powertools on a secure Logger", () => {
  it("samples debug logs", () => {
    const records = recordsOf(() => {
      const logger = createSecureLogger({ logger: { sampleRateValue: 1 } });
      logger.debug("text");
      logger.refreshSampleRateCalculation();
      logger.refreshSampleRateCalculation();
    });

    expect(records.map((record) => record.message)).toEqual([
      "Setting log level to DEBUG due to sampling rate",
      "text",
      "Setting log level to DEBUG due to sampling rate",
    ]);
  });

  it("prints readable lines in development", () => {
    vi.stubEnv("POWERTOOLS_DEV", "true");
    using output = captureOutput();

    createSecureLogger().info("text", { a: 1, ...secret });

    expect(output.text).toContain('\n    "a": 1');
    expect(output.text).not.toContain("hunter2");
  });

  it("asks a replacer of the application after redaction, and redacts what it makes", () => {
    const seen: unknown[] = [];
    const [record] = recordsOf(() =>
      createSecureLogger({
        logger: {
          jsonReplacerFn: (key, value) => {
            seen.push(value);
            if (key === "twice")
              return { password: "hunter2", error: new Error("token=hunter2hunter2") };
            if (key === "direct") return new TypeError("token=hunter2hunter2");
            if (key === "failing") throw new TypeError("hunter2");
            return key === "count" ? Number(value) + 1 : value;
          },
        },
      }).info("text", { count: 1, twice: "x", failing: "shown", direct: "x", ...secret }),
    );

    expect(record).toMatchObject({
      count: 2,
      failing: "shown",
      direct: { name: "TypeError" },
      twice: { error: { name: "Error" } },
    });
    expect(JSON.stringify([seen, record])).not.toContain("hunter2");
  });
});
