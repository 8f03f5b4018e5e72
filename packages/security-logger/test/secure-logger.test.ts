import { Logger } from "@aws-lambda-powertools/logger";
import { Secret } from "@middy-hardening/core";
import { captureOutput, lambdaContext } from "@middy-hardening/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createRedactor } from "../src/redact/redactor.ts";
import { createSecureLogger } from "../src/secure-logger.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const PASSWORD = "correct-horse-battery-staple";

/** What is printed while `work` runs: the text, and its lines that are records. */
function printedBy(work: () => void) {
  using output = captureOutput();
  work();
  const { text, records } = output;
  return { text, records, record: records[0] ?? {} };
}

describe("what a secure Logger prints", () => {
  it("is what Powertools prints, for a record with nothing to hide", () => {
    vi.useFakeTimers({ now: 1_767_605_412_345 });
    vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
    const options = { serviceName: "orders", persistentKeys: { region: "eu-west-1" } };
    const loggers = [new Logger(options), createSecureLogger({ logger: options })];
    const context = lambdaContext();

    const [plain, secure] = loggers.map((logger) =>
      printedBy(() => {
        logger.addContext(context);
        logger.appendKeys({ route: "/orders", nested: { first: 1 } });
        logger.appendKeys({ nested: { second: 2 } });
        logger.info("Order placed", { quantity: 3, empty: "", nothing: null, items: ["A-1"] });
        logger.warn({ message: "Late", minutes: 5 });
        logger.critical("Down", "primary");
      }),
    );
    vi.useRealTimers();

    expect(secure?.text).toBe(plain?.text);
    expect(secure?.records).toHaveLength(3);
  });

  it("has no secret in it, wherever it came from", () => {
    using _live = new Secret("database", PASSWORD);

    const { text, records } = printedBy(() => {
      const logger = createSecureLogger({
        logger: { persistentKeys: { note: `the word is ${PASSWORD}` } },
      });
      logger.appendKeys({ credentials: { password: "hunter2" } });
      logger.info(`connect postgres://app:hunter2@db with ${PASSWORD}`);
      logger.info({ message: "text", authorization: "Bearer hunter2hunter2" });
      logger.error("failed", new Error(`cannot log in with ${PASSWORD}`));
      logger.error(
        "failed",
        Object.assign(new Error("axios"), { config: { password: "hunter2" } }),
      );
      logger.info("text", `token=hunter2hunter2 ${PASSWORD}`);
      logger.setCorrelationId(PASSWORD);
      logger.info("text", { list: [{ deep: { password: "hunter2" } }] });
    });

    expect(records).toHaveLength(6);
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toContain("hunter2");
  });

  it("is redacted as the given redactor says", () => {
    const redactor = createRedactor({ keys: ["dossier"] });

    const { text, record } = printedBy(() => {
      createSecureLogger({ redactor }).info("text", { dossier: "A-17", other: 1 });
    });

    expect(record.other).toBe(1);
    expect(text).not.toContain("A-17");
  });

  it("is one line of visible characters", () => {
    const { text, records } = printedBy(() => {
      const logger = createSecureLogger();
      logger.appendKeys({ "key\u2028": "value\u2029" });
      logger.info('a\r\n{"level":"INFO","message":"forged"}\u202e\u0085\u001b[31m', {
        "name\u2066": "\u200bx",
      });
    });

    expect(records).toHaveLength(1);
    expect(text.trimEnd()).toMatch(/^[ -~]+$/);
  });

  it("tells an error with its stack and causes, also one that stands alone", () => {
    const error = new TypeError("no price", { cause: new RangeError("no currency") });

    const { records } = printedBy(() => {
      const logger = createSecureLogger();
      logger.error("failed", error);
      logger.error("failed", { error });
      logger.error({ message: "failed", error });
      logger.error(error as never);
    });

    expect(records.map((record) => record.message)).toEqual([
      ...["failed", "failed", "failed", "no price"],
    ]);
    for (const record of records) {
      expect(record.error).toMatchObject({
        name: "TypeError",
        message: "no price",
        location: expect.stringMatching(/^.+:\d+$/),
        stack: expect.stringContaining("secure-logger.test.ts"),
        cause: { name: "RangeError", message: "no currency" },
      });
    }
  });

  it("says of what cannot be shown in full what it is and how much", () => {
    class Order {
      readonly id = 1;
      readonly #card = "4111111111111111";
      get card(): string {
        return this.#card;
      }
    }
    class Price {
      toJSON(): object {
        return { amount: 5, of: this, password: "hunter2" };
      }
    }
    const self: Record<string, unknown> = { a: 1 };
    self.self = self;

    const { record } = printedBy(() =>
      createSecureLogger().info("text", {
        map: new Map([["a", 1]]),
        set: new Set([1, 2]),
        big: 10n ** 20n,
        symbol: Symbol("x"),
        order: new Order(),
        price: new Price(),
        buffer: Buffer.alloc(10_000_000),
        long: "x".repeat(10_000_000),
        deep: JSON.parse("[".repeat(1000) + "]".repeat(1000)),
        list: Array.from({ length: 5000 }, (_, index) => index),
        self,
      } as never),
    );

    expect(record).toMatchObject({
      map: { a: 1 },
      set: [1, 2],
      big: "100000000000000000000",
      symbol: "Symbol(x)",
      order: { id: 1 },
      price: { amount: 5, of: "[circular]", password: "[redacted]" },
      buffer: expect.stringContaining("10000000"),
      long: expect.stringContaining("10000000"),
      self: { a: 1, self: "[circular]" },
    });
    expect(record.order).not.toHaveProperty("card");
    expect(JSON.stringify(record).length).toBeLessThan(20_000);
  });

  it("tells the true size also of an appended key, which is redacted twice", () => {
    const { record } = printedBy(() => {
      const logger = createSecureLogger();
      logger.appendKeys({
        long: "x".repeat(10_000_000),
        escaped: "\u202e".repeat(9000),
        list: Array.from({ length: 5000 }, () => "x"),
        one: Array.from({ length: 101 }, () => "x"),
        set: new Set(Array.from({ length: 101 }, (_, index) => index)),
      } as never);
      logger.info("text", { marked: `${"x".repeat(9000)}…[5 characters]` });
    });

    expect(record.long).toMatch(/^x{8192}…\[10000000 characters\]$/);
    expect(record.escaped).toMatch(/…\[9000 characters\]$/);
    expect((record.list as unknown[]).slice(99)).toEqual(["x", "[4900 more items]"]);
    expect((record.one as unknown[]).slice(99)).toEqual(["x", "[1 more items]"]);
    expect((record.set as unknown[]).slice(99)).toEqual([99, "[1 more items]"]);
    // A text cannot lie about it by more than the mark is long.
    expect(record.marked).toMatch(/…\[9015 characters\]$/);
  });

  it("has the right ids over thousands of invocations", () => {
    const { records } = printedBy(() => {
      const logger = createSecureLogger();
      for (let number = 0; number < 2500; number++) {
        logger.addContext(lambdaContext({ awsRequestId: `id-${number}` }));
        logger.info("text", { number });
      }
    });

    expect(records).toHaveLength(2500);
    expect(records.filter((line) => line.function_request_id !== `id-${line.number}`)).toEqual([]);
  });

  it("loses no argument, of whatever kind", () => {
    const { records } = printedBy(() => {
      const logger = createSecureLogger();
      const info = logger.info.bind(logger) as (...args: unknown[]) => void;
      info("text", 42);
      info("text", [1, 2]);
      info("text", null, undefined, { a: 1 }, { b: 2 });
      info(42);
      info(["x"]);
      info(undefined);
    });

    expect(records).toMatchObject([
      { message: "text", extra: 42 },
      { message: "text", extra: [1, 2] },
      { message: "text", a: 1, b: 2 },
      { message: 42 },
      { message: ["x"] },
      { level: "INFO" },
    ]);
  });
});
