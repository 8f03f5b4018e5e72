import type { Logger } from "@aws-lambda-powertools/logger";
import { captureOutput, lambdaContext } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import { createSecureLogger } from "../src/secure-logger.ts";

function printedBy(work: () => void) {
  using output = captureOutput();
  work();
  return { text: output.text, records: output.records };
}

const thrower = (): never => {
  throw new TypeError("hunter2");
};

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Every operation on it throws. */
const throwingProxy = (): object =>
  new Proxy(
    {},
    Object.fromEntries(
      Object.getOwnPropertyNames(Reflect).map((trap) => [trap, thrower]),
    ) as ProxyHandler<object>,
  );

function deep(levels: number): object {
  let value: object = {};
  for (let level = 0; level < levels; level++) value = { value };
  return value;
}

/** Two references to each next level: as a tree, it has 2^levels members. */
function shared(levels: number): object {
  let value: object = {};
  for (let level = 0; level < levels; level++) value = { left: value, right: value };
  return value;
}

function circular(): object {
  const value: Record<string, unknown> = { list: [] };
  value.self = value;
  (value.list as unknown[]).push(value);
  return value;
}

function circularCause(): Error {
  const first = new Error("first");
  const second = new AggregateError([first], "second", { cause: first });
  first.cause = second;
  return first;
}

class Order {
  readonly id = 1;
  readonly #card = "4111111111111111";
  get total(): number {
    return Number(this.#card);
  }
}

/** What an application may have at hand, or an attacker may have made it have. */
const hostile: readonly (readonly [string, () => unknown])[] = [
  ["an error that causes itself", circularCause],
  [
    "an error with throwing members",
    () => Object.defineProperty(new Error("x"), "cause", { get: thrower }),
  ],
  [
    "an error whose name is no text",
    () => Object.assign(new Error("x"), { name: Symbol("x"), stack: 5, message: {} }),
  ],
  ["an error from another realm's class", () => Object.create(Error.prototype)],
  [
    "a throwing getter",
    () => ({
      get value() {
        return thrower();
      },
      enumerable: 1,
    }),
  ],
  ["a throwing toJSON", () => ({ toJSON: thrower })],
  ["a throwing toString", () => ({ toString: thrower, [Symbol.toPrimitive]: thrower })],
  ["a revoked proxy", revoked],
  ["a proxy that throws", throwingProxy],
  ["a proxy around itself", () => new Proxy(throwingProxy(), {})],
  ["a circular object", circular],
  ["an object of 200,000 levels", () => deep(200_000)],
  ["an array of 200,000 levels", () => JSON.parse("[".repeat(200_000) + "]".repeat(200_000))],
  ["2^60 references to one object", () => shared(60)],
  [
    "100,000 members",
    () => Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n])),
  ],
  ["an array of a million items", () => Array.from({ length: 1_000_000 }, (_, n) => n)],
  ["an array of a length alone", () => new Array(4_294_967_295)],
  ["a text of 10 MB", () => "x".repeat(10_000_000)],
  ["a name of 10 MB", () => ({ ["x".repeat(10_000_000)]: 1 })],
  ["a BigInt", () => 10n ** 30n],
  ["a symbol", () => Symbol("x")],
  ["a function", () => thrower],
  ["a class", () => Order],
  ["an instance of a class", () => new Order()],
  [
    "a Map with itself in it",
    () => {
      const map = new Map<unknown, unknown>();
      map.set(map, map);
      return map;
    },
  ],
  ["a Set", () => new Set([1, { a: 2n }])],
  ["a WeakMap", () => new WeakMap()],
  ["a Promise", () => Promise.resolve(1)],
  ["a buffer of 10 MB", () => Buffer.alloc(10_000_000)],
  [
    "typed arrays",
    () => [new Float64Array(10), new DataView(new ArrayBuffer(8)), new ArrayBuffer(8)],
  ],
  ["an invalid date", () => new Date(Number.NaN)],
  ["a frozen object", () => Object.freeze({ a: Object.freeze([1]) })],
  ["an object without a prototype", () => Object.assign(Object.create(null), { a: 1 })],
  ["own __proto__ members", () => JSON.parse('{"__proto__": {"a": 1}, "x": {"__proto__": 2}}')],
  ["a lone surrogate", () => "\ud800"],
  ["numbers that JSON has not", () => [Number.NaN, Number.POSITIVE_INFINITY, -0]],
  ["null", () => null],
  ["undefined", () => undefined],
  [
    "a generator",
    () =>
      (function* () {
        yield thrower();
      })(),
  ],
  ["a request's headers", () => new Headers({ authorization: "Bearer hunter2hunter2" })],
  ["the global object", () => globalThis],
  ["the process", () => process],
];

type Anything = (...args: unknown[]) => void;

describe.each(hostile)("%s", (_name, make) => {
  it.each<[string, (logger: Logger, value: unknown) => void]>([
    ["an attribute", (logger, value) => logger.info("text", { value, other: 1 } as never)],
    [
      "an attribute that is deep",
      (logger, value) => logger.info("text", { list: [{ value }], other: 1 }),
    ],
    [
      "the second argument",
      (logger, value) => (logger.info as Anything)("text", value, { other: 1 }),
    ],
    ["the message", (logger, value) => (logger.info as Anything)({ message: value, other: 1 })],
    ["the first argument", (logger, value) => (logger.info as Anything)(value, { other: 1 })],
    [
      "temporary keys",
      (logger, value) => {
        logger.appendKeys({ value });
        logger.appendKeys(value as never);
        logger.info("text", { other: 1 });
      },
    ],
    [
      "persistent keys",
      (logger, value) => {
        logger.appendPersistentKeys({ value });
        logger.setPersistentLogAttributes(value as never);
        logger.info("text", { other: 1 });
      },
    ],
    [
      "options of a child",
      (logger, value) =>
        logger.createChild({ persistentKeys: { value } as never }).info("text", { other: 1 }),
    ],
    [
      "a correlation id",
      (logger, value) => {
        logger.setCorrelationId(value);
        logger.info("text", { other: 1 });
      },
    ],
    [
      "a cause",
      (logger, value) =>
        logger.info("text", { error: new Error("x", { cause: value }), other: 1 } as never),
    ],
  ])("is no harm as %s", (_place, log) => {
    const { text, records } = printedBy(() => log(createSecureLogger(), make()));

    const record = records.findLast(({ other }) => other === 1);
    expect(record).toMatchObject({ level: "INFO", other: 1 });
    expect(text).not.toContain("hunter2");
    expect(text.length).toBeLessThan(1_000_000);
  });
});

describe("a hostile context", () => {
  it.each<[string, () => unknown]>([
    ["null", () => null],
    [
      "throwing members",
      () => ({
        get awsRequestId() {
          return thrower();
        },
        functionName: "orders",
      }),
    ],
    ["a revoked proxy", revoked],
    [
      "members of any kind",
      () => ({ awsRequestId: circular(), functionName: 5n, tenantId: Symbol() }),
    ],
    ["a secret", () => lambdaContext({ awsRequestId: "Bearer hunter2hunter2" })],
  ])("with %s is no harm", (_name, make) => {
    const { text, records } = printedBy(() => {
      const logger = createSecureLogger();
      logger.addContext(make() as never);
      logger.info("text", { other: 1 });
      logger.createChild().info("text", { other: 1 });
    });

    expect(records).toMatchObject([{ other: 1 }, { other: 1 }]);
    expect(text).not.toContain("hunter2");
  });
});

describe("a use that Powertools answers with an error", () => {
  it.each<[string, (logger: Logger) => void]>([
    ["setLogLevel", (logger) => logger.setLogLevel("hunter2" as never)],
    ["removeKeys", (logger) => logger.removeKeys(null as never)],
    ["removePersistentKeys", (logger) => logger.removePersistentKeys(5 as never)],
    ["createChild", (logger) => logger.createChild({ logLevel: {} as never })],
    [
      "createChild",
      (logger) =>
        logger.createChild({
          get logLevel() {
            return thrower();
          },
        }),
    ],
  ])("of %s is told by a line, and goes on", (name, use) => {
    const { text, records } = printedBy(() => {
      const logger = createSecureLogger({ logger: { serviceName: "orders" } });
      use(logger);
      logger.info("text");
    });

    expect(records).toMatchObject([
      {
        level: "ERROR",
        message: `Logger.${name} failed: what it was given has no effect.`,
        service: "orders",
        logger_failure: expect.stringMatching(/^(Type)?Error$/),
      },
      { message: "text" },
    ]);
    expect(text).not.toContain("hunter2");
  });

  it("gives the Logger itself where a child cannot be made", () => {
    const logger = createSecureLogger();
    let child: Logger | undefined;

    printedBy(() => {
      child = logger.createChild({ logLevel: {} as never });
    });

    expect(child).toBe(logger);
  });
});

describe("an output that cannot be written to", () => {
  const log = (output: object): void => {
    const logger = createSecureLogger({ logger: { serviceName: "orders" } });
    Object.assign(logger, { console: output });
    logger.info("text", { note: "private" });
  };

  it("leaves a line that says so, with nothing of the record", () => {
    const lines: string[] = [];

    log({ info: thrower, error: (line: string) => lines.push(line) });

    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        level: "ERROR",
        message: "A log record could not be printed.",
        timestamp: expect.stringMatching(/^20/),
        service: "orders",
        logger_failure: "TypeError",
      },
    ]);
  });

  it("is no harm when not even that can be said", () => {
    expect(() => log({ info: thrower, error: thrower })).not.toThrow();
    expect(() => log({})).not.toThrow();
  });
});
