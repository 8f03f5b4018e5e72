import { LogFormatter, type Logger, LogItem } from "@aws-lambda-powertools/logger";
import type { LogAttributes, UnformattedAttributes } from "@aws-lambda-powertools/logger/types";
import { captureOutput, lambdaContext } from "@middy-hardening/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { own } from "../src/own-fields.ts";
import { createSecureLogger } from "../src/secure-logger.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** As an attacker would send them in a body that the application logs. */
const forged = JSON.parse(`{
  "level": "TRACE", "message": "forged", "timestamp": "forged", "service": "forged",
  "sampling_rate": "forged", "cold_start": "forged", "function_arn": "forged",
  "function_memory_size": "forged", "function_name": "forged", "function_request_id": "forged",
  "xray_trace_id": "forged", "tenant_id": "forged", "logger_failure": "forged",
  "security_log": "forged"
}`) as Record<string, unknown>;

function recordsOf(work: () => void) {
  using output = captureOutput();
  work();
  return output.records;
}

function secureLogger(options: ConstructorParameters<typeof Logger>[0] = {}): Logger {
  const logger = createSecureLogger({ logger: { serviceName: "orders", ...options } });
  logger.addContext(lambdaContext({ awsRequestId: "id-1", tenantId: "acme" }));
  return logger;
}

const trueFields = {
  service: "orders",
  sampling_rate: 0,
  cold_start: false,
  function_name: "orders",
  function_request_id: "id-1",
  tenant_id: "acme",
  xray_trace_id: "1-5759e988",
};

describe("the own fields of a secure Logger", () => {
  it.each<[string, (logger: Logger) => void]>([
    ["attributes of a call", (logger) => logger.info("true", forged)],
    ["a message object", (logger) => logger.info({ ...forged, message: "true" })],
    [
      "temporary keys",
      (logger) => {
        logger.appendKeys(forged);
        logger.info("true");
      },
    ],
    [
      "persistent keys",
      (logger) => {
        logger.appendPersistentKeys(forged);
        logger.info("true");
      },
    ],
    [
      "persistent attributes by their old names",
      (logger) => {
        logger.setPersistentLogAttributes(forged);
        logger.addPersistentLogAttributes(forged);
        logger.info("true");
      },
    ],
    [
      "a child's keys",
      (logger) => logger.createChild({ persistentKeys: forged as never }).info("true"),
    ],
  ])("cannot be overwritten by %s", (_source, log) => {
    vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-5759e988");

    const record = recordsOf(() => log(secureLogger())).at(-1);

    expect(record).toMatchObject({ ...trueFields, level: "INFO", message: "true" });
    expect(record?.timestamp).toMatch(/^20\d\d-/);
    expect(record?.attributes).toMatchObject({
      function_request_id: "forged",
      tenant_id: "forged",
    });
  });

  it("cannot be filled in while the Logger has no context", () => {
    const [record] = recordsOf(() => createSecureLogger().info("true", forged));

    expect(record).not.toHaveProperty("function_request_id");
    expect(record).not.toHaveProperty("tenant_id");
    expect(record?.attributes).toEqual(forged);
  });

  it.each([
    ...["Function_Request_Id", "functionRequestId", "FUNCTION-REQUEST-ID", "function.request.id"],
    ...["Level", " level ", "TimeStamp", "coldStart", "tenantID"],
  ])("cannot be imitated as %j, for readers that tell no case or punctuation apart", (name) => {
    const [record] = recordsOf(() => secureLogger().info("true", { [name]: "forged" }));

    expect(record).not.toHaveProperty([name]);
    expect(record?.attributes).toEqual({ [name]: "forged" });
  });

  it("leaves other names where they are", () => {
    const names = ["aws", "request_id", "levels", "messages", "tenant", "-", "ключ"];
    const attributes = Object.fromEntries(names.map((name) => [name, 1]));

    const [record] = recordsOf(() => secureLogger().info("true", attributes));

    expect(record).toMatchObject(attributes);
    expect(record).not.toHaveProperty("attributes");
  });

  it("cannot be turned into metrics by an attribute that CloudWatch would read as such", () => {
    const _aws = { Timestamp: 0, CloudWatchMetrics: [{ Namespace: "forged" }] };

    const [record] = recordsOf(() => secureLogger().info("true", { _aws }));

    expect(record).not.toHaveProperty("_aws");
    expect(record?.attributes).toEqual({ _aws });
  });

  it("keep an attribute of the name `attributes` when others are moved there", () => {
    const records = recordsOf(() => {
      const logger = secureLogger();
      logger.info("true", { attributes: { a: 1 } });
      logger.info("true", { attributes: { a: 1 }, level: 2 });
    });

    expect(records).toMatchObject([
      { attributes: { a: 1 } },
      { attributes: { attributes: { a: 1 }, level: 2 } },
    ]);
  });

  it("hold for names that mean something to JavaScript", () => {
    const attributes: unknown = JSON.parse(
      '{"__proto__": {"level": "forged"}, "constructor": "x", "hasOwnProperty": 1, "toJSON": 2}',
    );

    const [record] = recordsOf(() => secureLogger().info("true", attributes as never));

    expect(record).toMatchObject({ level: "INFO", constructor: "x", hasOwnProperty: 1, toJSON: 2 });
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
  });

  it("are in the order that the application has set", () => {
    const [record] = recordsOf(() =>
      secureLogger({ logRecordOrder: ["quantity", "timestamp", "level"] }).info("true", {
        sku: "A-1",
        quantity: 1,
        level: "forged",
      }),
    );

    expect(Object.keys(record ?? {}).slice(0, 3)).toEqual(["quantity", "timestamp", "level"]);
    expect(record).toMatchObject({ level: "INFO", sku: "A-1", attributes: { level: "forged" } });
  });

  it("include a correlation id, once there is one", () => {
    const records = recordsOf(() => {
      const logger = secureLogger();
      logger.info("true", { correlation_id: "first" });
      logger.setCorrelationId("true-id");
      logger.info("true", { correlation_id: "forged" });
    });

    expect(records).toMatchObject([
      { correlation_id: "first" },
      { correlation_id: "true-id", attributes: { correlation_id: "forged" } },
    ]);
  });

  it("can be filled in by the lines of this package, which know the invocation", () => {
    const [record] = recordsOf(() =>
      secureLogger().info("Invocation", own({ function_request_id: "id-2", cold_start: true })),
    );

    expect(record).toMatchObject({ function_request_id: "id-2", cold_start: true });
    expect(record).not.toHaveProperty("attributes");
  });

  it("show a tenant id that comes from outside as one line of visible characters", () => {
    const [record] = recordsOf(() => {
      const logger = createSecureLogger();
      logger.addContext(lambdaContext({ tenantId: "a\u202e\nb" }));
      logger.info("true");
    });

    expect(record?.tenant_id).toMatch(/^[ -~]+$/);
  });
});

/** Names of its own, and errors in a form of its own. */
class OwnFormatter extends LogFormatter {
  override formatAttributes(
    { lambdaContext, ...base }: UnformattedAttributes,
    attributes: LogAttributes,
  ): LogItem {
    return new LogItem({
      attributes: {
        severity: base.logLevel,
        text: base.message,
        lambda: { requestId: lambdaContext?.awsRequestId },
        ...(base.logLevel === "ERROR" && { alarm: true }),
        dsn: "postgres://app:hunter2@db/orders",
      },
    }).addAttributes(attributes);
  }
}

describe("the fields of the application's own formatter", () => {
  it("cannot be overwritten either, whatever they are called", () => {
    const records = recordsOf(() => {
      const logger = secureLogger({ logFormatter: new OwnFormatter() });
      logger.info("true", { severity: "forged", lambda: { requestId: "forged" }, a: 1 });
      logger.info("true", { alarm: "forged" });
    });

    expect(records).toMatchObject([
      {
        severity: "INFO",
        text: "true",
        lambda: { requestId: "id-1" },
        a: 1,
        attributes: { severity: "forged", lambda: { requestId: "forged" } },
      },
      { attributes: { alarm: "forged" } },
    ]);
  });

  it("are redacted, as are the attributes", () => {
    const [record] = recordsOf(() =>
      secureLogger({ logFormatter: new OwnFormatter() }).info("true", { password: "hunter2" }),
    );

    expect(record?.dsn).not.toContain("hunter2");
    expect(record?.password).not.toContain("hunter2");
  });

  it("are redacted when it is set later, by whatever way", () => {
    const records = recordsOf(() => {
      const logger = secureLogger();
      const internals = logger as unknown as {
        logFormatter: LogFormatter;
        setLogFormatter(formatter: LogFormatter): void;
      };
      internals.setLogFormatter(new OwnFormatter());
      logger.info("true", { severity: "forged" });
      internals.logFormatter = new OwnFormatter();
      logger.info("true", { severity: "forged" });
      secureLogger().createChild({ logFormatter: new OwnFormatter() }).info("true", {
        severity: "forged",
      });
    });

    expect(records).toHaveLength(3);
    for (const record of records) {
      expect(record.severity).toBe("INFO");
      expect(record.dsn).not.toContain("hunter2");
    }
  });

  it("give way to Powertools' names when it fails, and the record is printed all the same", () => {
    class FailingFormatter extends LogFormatter {
      override formatAttributes(): LogItem {
        throw new TypeError("hunter2");
      }
    }

    const [record] = recordsOf(() =>
      secureLogger({ logFormatter: new FailingFormatter() }).warn("true", {
        a: 1,
        level: "forged",
      }),
    );

    expect(record).toMatchObject({
      level: "WARN",
      message: "true",
      service: "orders",
      function_request_id: "id-1",
      logger_failure: "The log formatter failed (TypeError).",
      a: 1,
      attributes: { level: "forged" },
    });
    expect(JSON.stringify(record)).not.toContain("hunter2");
  });

  it("may be empty, if it keeps them", () => {
    class KeepingItem extends LogItem {
      override prepareForPrint(): void {}
    }
    class KeepingFormatter extends LogFormatter {
      override formatAttributes(_base: UnformattedAttributes, attributes: LogAttributes): LogItem {
        return new KeepingItem({ attributes: { empty: "", ...attributes } });
      }
    }

    const [record] = recordsOf(() =>
      secureLogger({ logFormatter: new KeepingFormatter() }).info("true", { none: null }),
    );

    expect(record).toEqual({ empty: "", none: null });
  });
});
