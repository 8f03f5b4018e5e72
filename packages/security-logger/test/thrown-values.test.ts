import { Secret } from "@middy-hardening/core";
import { describe, expect, it } from "vitest";
import { chain, printedByInvoking } from "./chain.ts";

interface ErrorLine {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly causes?: readonly ErrorLine[];
}

/** The `error` of the line of an invocation that ends with `thrown`. */
async function logged(thrown: unknown): Promise<ErrorLine> {
  const handler = chain().handler(async () => {
    throw thrown;
  });
  const { invocations, lines } = await printedByInvoking(handler);
  expect(lines).toHaveLength(1);
  expect(invocations).toMatchObject([{ outcome: "failed", status: 500 }]);
  return invocations[0]?.error as ErrorLine;
}

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable(new Error("gone"), {});
  revoke();
  return proxy;
};

const circular = (): Error => {
  const inner = new Error("inner");
  const outer = new Error("outer", { cause: inner });
  inner.cause = outer;
  return outer;
};

const hostile = {
  get name(): never {
    throw new Error("name");
  },
  get message(): never {
    throw new Error("message");
  },
  get stack(): never {
    throw new Error("stack");
  },
  get cause(): never {
    throw new Error("cause");
  },
};

describe("whatever is thrown is told as far as it can be read safely", () => {
  it.each([
    ["null", null, { type: "null", message: "null" }],
    ["undefined", undefined, { type: "undefined", message: "undefined" }],
    ["a string", "out of stock", { type: "string", message: "out of stock" }],
    ["a number", 42, { type: "number", message: "42" }],
    ["a symbol", Symbol("x"), { type: "symbol", message: "Symbol(x)" }],
    ["a function", () => {}, { type: "function" }],
    ["an object", { password: "hunter2" }, { type: "object" }],
    ["an object that throws when read", hostile, { type: "object" }],
    ["a revoked proxy", revoked(), { type: "object" }],
    [
      "a frozen error",
      Object.freeze(new RangeError("cold")),
      { type: "RangeError", message: "cold" },
    ],
  ])("%s", async (_name, thrown, expected) => {
    expect(await logged(thrown)).toMatchObject(expected);
  });

  it("a circular cause, once", async () => {
    const error = await logged(circular());

    expect(error.causes).toMatchObject([{ message: "inner" }]);
  });

  it("five causes of a hundred, and a cause that is null", async () => {
    let error = new Error("innermost", { cause: null });
    for (let depth = 0; depth < 100; depth++) error = new Error(`depth ${depth}`, { cause: error });

    expect((await logged(error)).causes).toHaveLength(5);
    expect((await logged(new Error("x", { cause: null }))).causes).toMatchObject([
      { type: "null" },
    ]);
  });

  it("the errors of an aggregate, those of theirs too", async () => {
    const inner = new AggregateError([new RangeError("second")], "inner");
    const error = await logged(new AggregateError([new TypeError("first"), inner, null], "all"));

    expect(error).toMatchObject({ type: "AggregateError", message: "all" });
    expect(error.causes).toMatchObject([
      { type: "TypeError", message: "first" },
      { type: "AggregateError", message: "inner" },
      { type: "RangeError", message: "second" },
    ]);
  });

  it("five of the ten thousand errors of an aggregate, and of one whose errors are hostile none", async () => {
    const many = Array.from({ length: 10_000 }, (_, number) => new Error(`${number}`));
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();

    expect((await logged(new AggregateError(many))).causes).toHaveLength(5);
    expect(await logged(Object.assign(new Error("x"), { errors: proxy }))).not.toHaveProperty(
      "causes",
    );
  });

  it("five causes of an error that invents a new one each time", async () => {
    const inventive = () => ({
      message: "again",
      get cause(): unknown {
        return inventive();
      },
    });

    expect((await logged(inventive())).causes).toHaveLength(5);
  });

  it("a message of 5 MB by its beginning, and still its stack", async () => {
    const error = await logged(new Error("x".repeat(5_000_000)));

    expect(error.message).toHaveLength(1024);
    expect(error.stack).toMatch(/^at /);
  });

  it("a stack of 5 MB by its first 8 KB, of which each line is visible characters", async () => {
    const error = new Error("");
    error.stack = `Error\n    at \u202e${"x\n".repeat(2_500_000)}`;

    const { stack } = await logged(error);

    expect(stack?.length).toBeLessThanOrEqual(8192);
    expect(stack?.startsWith("Error\n    at \\u{202e}x\nx\n")).toBe(true);
  });

  it("a stack that does not hold the message as it is", async () => {
    const error = new Error("first");
    void error.stack;
    error.message = "second";

    expect((await logged(error)).stack).toMatch(/^Error: first\n {4}at /);
  });

  it("no stack that is blank", async () => {
    expect(await logged({ stack: "  " })).not.toHaveProperty("stack");
  });

  it("no stack when it is not text", async () => {
    expect(await logged({ stack: { forged: true } })).not.toHaveProperty("stack");
  });

  it("a message that tries to forge a line on one line", async () => {
    const { message } = await logged(new Error('x\n{"level":"INFO"}\u2028\u202e'));

    expect(message).toBe('x\\u{a}{"level":"INFO"}\\u{2028}\\u{202e}');
  });
});

describe("credentials in what is thrown", () => {
  it.each([
    ["postgres://app:hunter2@db.internal/orders", "postgres://app:[redacted]@db.internal/orders"],
    ["redis://:hunter2@cache:6379", "redis://:[redacted]@cache:6379"],
    ["mongodb+srv://app:hu/nt@er2?#@db/x", "mongodb+srv://app:[redacted]@db/x"],
    ["amqp://a:hunter2@q1,amqp://b:hunter2@q2", "amqp://a:[redacted]@q2"],
    ['"https://ghp_hunter2@github.com/x.git"', '"https://[redacted]@github.com/x.git"'],
    ["https://hunter2@host:8080/a", "https://[redacted]@host:8080/a"],
    [
      "Server=db;User=app;Password=hunter2;Encrypt=yes",
      "Server=db;User=app;Password=[redacted];Encrypt=yes",
    ],
    ["AccountName=x;AccountKey=hunter2==", "AccountName=x;AccountKey=[redacted]"],
    ["host=db password='hunter2 x' user=app", "host=db password='[redacted]' user=app"],
    ['{"db_password": "hunter2, x", "id": 1}', '{"db_password": "[redacted]", "id": 1}'],
  ])("are masked in %s", async (text, shown) => {
    const error = new Error(`connect ${text}`, { cause: `from ${text}` });

    expect(await logged(error)).toMatchObject({
      message: `connect ${shown}`,
      causes: [{ message: `from ${shown}` }],
    });
    expect(JSON.stringify(await logged(error))).not.toContain("hunter2");
  });

  it.each([
    "https://api.example.com:8443/users/a@example.com",
    "https://example.com/?to=a@example.com",
    "file:///var/task/node_modules/@middy/core/index.js:12:3",
    "https://example.com/orders",
    "mailto:a@example.com",
  ])("are not seen where there are none: %s", async (text) => {
    expect((await logged(new Error(text))).message).toBe(text);
  });

  it("are named in place of a live secret, however encoded", async () => {
    using _secret = new Secret("database", "correct horse battery staple");
    const base64 = Buffer.from("correct horse battery staple").toString("base64");
    const error = new Error("login as correct horse battery staple", {
      cause: new Error(`Basic ${base64}`),
    });

    const line = await logged(error);

    expect(line).toMatchObject({
      message: "login as [secret database]",
      causes: [{ message: "Basic [secret database]" }],
    });
    expect(JSON.stringify(line)).not.toMatch(/battery|Y29ycmVjdC/);
  });
});
