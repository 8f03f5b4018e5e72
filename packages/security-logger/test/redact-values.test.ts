import { createHmac } from "node:crypto";
import { runInNewContext } from "node:vm";
import { Secret } from "@middy-hardening/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createRedactor } from "../src/index.ts";

const { redact } = createRedactor();

const fails = (): never => {
  throw new Error("hostile");
};

describe("redact makes a plain copy that JSON can hold", () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  class Order {
    readonly id = 7;
    readonly #hidden = 1;
    get total(): number {
      return this.#hidden;
    }
  }

  it.each<[string, unknown, unknown]>([
    ["null", null, null],
    ["undefined", undefined, undefined],
    ["a text", "a", "a"],
    ["a number", 1.5, 1.5],
    ["NaN", Number.NaN, "NaN"],
    ["Infinity", Number.NEGATIVE_INFINITY, "-Infinity"],
    ["a BigInt", 12n, "12"],
    ["a huge BigInt", 10n ** 100n, "[bigint]"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["a function", function place() {}, "[function place]"],
    [
      "a function with a hostile name",
      Object.defineProperty(() => {}, "name", { get: fails }),
      "[function [unreadable]]",
    ],
    ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["an invalid date", new Date("x"), "[invalid date]"],
    ["a regular expression", /a+/g, "/a+/g"],
    [
      "a URL",
      new URL("https://a:hunter2x@b.example/?token=abc"),
      "https://a:[redacted]@b.example/?token=[redacted]",
    ],
    ["a query", new URLSearchParams({ password: "a b", id: "1" }), "password=[redacted]&id=1"],
    ["headers", new Headers({ Cookie: "a=b", Host: "x" }), { cookie: "[redacted]", host: "x" }],
    ["a buffer", Buffer.alloc(16), "[Buffer, 16 bytes]"],
    ["a buffer that was JSON", Buffer.alloc(16).toJSON(), "[Buffer, 16 bytes]"],
    ["what is called one", { type: "Buffer", data: 1 }, { type: "Buffer", data: 1 }],
    ["a typed array", new Uint16Array(3), "[Uint16Array, 6 bytes]"],
    ["a view", new DataView(new ArrayBuffer(5)), "[DataView, 5 bytes]"],
    ["bytes", new ArrayBuffer(5), "[ArrayBuffer, 5 bytes]"],
    ["shared bytes", new SharedArrayBuffer(5), "[SharedArrayBuffer, 5 bytes]"],
    ["a promise", Promise.resolve(1), "[Promise]"],
    ["a weak map", new WeakMap(), "[WeakMap]"],
    ["a weak set", new WeakSet(), "[WeakSet]"],
    ["a boxed text", Object("a"), "a"],
    ["a boxed BigInt", Object(1n), "1"],
    [
      "a map",
      new Map<unknown, unknown>([
        ["password", 1],
        [2, { a: 1 }],
        [{}, 3],
      ]),
      { password: "[redacted]", 2: { a: 1 }, "[Object]": 3 },
    ],
    ["a set", new Set(["a", { token: "b" }]), ["a", { token: "[redacted]" }]],
    ["an instance", new Order(), { id: 7 }],
    ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [
      "an array of another realm",
      runInNewContext("[1, { token: 'x' }, , undefined]"),
      [1, { token: "[redacted]" }, null, null],
    ],
    ["a map of another realm", runInNewContext("new Map([['a', 1]])"), { a: 1 }],
    [
      "an error of another realm",
      runInNewContext("Object.assign(new Error('x'), { stack: 0 })"),
      { name: "Error", message: "x", stack: 0 },
    ],
    ["a revoked proxy", revoked.proxy, "[unreadable]"],
    [
      "a proxy whose traps throw",
      new Proxy({}, { ownKeys: fails, getPrototypeOf: fails, get: fails }),
      "[unreadable]",
    ],
    ["a proxy that tells no names", new Proxy({}, { ownKeys: fails }), "[unreadable]"],
    ["a proxy that hides", new Proxy({ a: 1, token: 2 }, {}), { a: 1, token: "[redacted]" }],
    [
      "a throwing getter",
      {
        a: 1,
        get b() {
          return fails();
        },
      },
      { a: 1, b: "[unreadable]" },
    ],
    [
      "a getter",
      {
        get a() {
          return "x";
        },
      },
      { a: "x" },
    ],
    ["symbols as names", { [Symbol("a")]: 1, b: 2 }, { b: 2 }],
    ["nothing as a value", { a: undefined, b: 1 }, { b: 1 }],
    ["toJSON", { toJSON: () => ({ a: 1, password: "x" }) }, { a: 1, password: "[redacted]" }],
    ["toJSON of a text", { toJSON: () => "password=x" }, "password=[redacted]"],
    ["toJSON of nothing", { a: 1, toJSON: () => null }, null],
    ["a toJSON that throws", { a: 1, toJSON: fails }, { a: 1, toJSON: "[function fails]" }],
    [
      "a toJSON that never ends",
      {
        toJSON() {
          return { ...this, a: 1 };
        },
      },
      { toJSON: "[function toJSON]", a: 1 },
    ],
    ["a secret", new Secret("database", "hunter2-hunter2"), "[secret database]"],
    [
      "a secret under its name",
      { password: new Secret("database", "hunter2-hunter2") },
      { password: "[secret database]" },
    ],
    ["a proxy under a secret's name", { password: revoked.proxy }, { password: "[redacted]" }],
    ["a card as a number", { n: 4_111_111_111_111_111 }, { n: "[redacted card]" }],
    ["a card as a BigInt", { n: 4_111_111_111_111_111n }, { n: "[redacted card]" }],
    [
      "a long number that is none",
      { n: 4_111_111_111_111_112, m: 1_767_605_412_345 },
      { n: 4_111_111_111_111_112, m: 1_767_605_412_345 },
    ],
    [
      "names that cannot be seen",
      { "a\nb": 1, "very-long-name-of-a-header": 2 },
      { "a\\u{a}b": 1, "very-long-name-of-a-header": 2 },
    ],
    ["names that become the same", { "a\nb": 1, "a\\u{a}b": 2 }, { "a\\u{a}b": 2 }],
    [
      "a stack in a plain object",
      { stack: "a\nb", other: "a\nb" },
      { stack: "a\nb", other: "a\\u{a}b" },
    ],
  ])("of %s", (_title, value, copy) => {
    const shown = redact(value);
    expect(shown).toEqual(copy);
    expect(() => JSON.stringify(shown)).not.toThrow();
  });

  it("and keeps names apart that are masked alike", () => {
    const name = (end: string): string => `${"gh"}p_${"a1B2".repeat(9)}${end}`;
    expect(redact({ [name("x")]: 1, [name("y")]: 2 })).toEqual({
      "[redacted github-token]": 1,
      "[redacted github-token] 1": 2,
    });
  });

  it("and changes no prototype with a name", () => {
    const shown = redact(JSON.parse('{"__proto__":{"isAdmin":true},"constructor":1}')) as object;
    expect(shown).toEqual({ "[__proto__]": { isAdmin: true }, constructor: 1 });
    expect(Object.assign({}, shown)).not.toHaveProperty("isAdmin");
  });

  it("and never touches the original", () => {
    const original = Object.freeze({ password: "x", list: Object.freeze(["a"]), at: new Date(0) });
    expect(redact(original)).not.toBe(original);
    expect(original).toEqual({ password: "x", list: ["a"], at: new Date(0) });
  });

  it("of a value that holds itself, or the same twice", () => {
    const shared = { a: 1 };
    const circular: Record<string, unknown> = { first: shared, second: shared };
    circular.self = circular;
    circular.list = [circular, new Map([["circular", circular]])];
    expect(redact(circular)).toEqual({
      first: { a: 1 },
      second: { a: 1 },
      self: "[circular]",
      list: ["[circular]", { circular: "[circular]" }],
    });
  });

  it("even when something in the process is broken", () => {
    vi.spyOn(Array.prototype, "push").mockImplementation(fails);
    const shown = redact({ a: 1 });
    vi.restoreAllMocks();
    expect(shown).toBe("[unreadable]");
  });
});

describe("errors", () => {
  it("become what tells of them, redacted", () => {
    const cause = Object.assign(new TypeError("password=hunter2 was wrong"), { code: "E1" });
    const error = Object.assign(new Error("Could not\nconnect", { cause }), {
      config: { headers: { authorization: "Bearer abc" } },
    });
    expect(redact({ error })).toEqual({
      error: {
        name: "Error",
        message: "Could not\\u{a}connect",
        stack: expect.stringMatching(/^at [^\n]+(\n {4}at [^\n]+)+$/),
        cause: {
          name: "TypeError",
          message: "password=[redacted] was wrong",
          stack: expect.stringMatching(/^at /),
          code: "E1",
        },
        config: { headers: { authorization: "[redacted]" } },
      },
    });
  });

  it("show all of an aggregate", () => {
    const error = new AggregateError([new Error("first"), "second"], "both");
    expect(redact(error)).toMatchObject({
      name: "AggregateError",
      message: "both",
      errors: [{ message: "first" }, "second"],
    });
  });

  it("may be their own cause", () => {
    const error = new Error("x");
    error.cause = error;
    expect(redact(error)).toMatchObject({ message: "x", cause: "[circular]" });
  });

  it("may have nothing that others have", () => {
    const odd = Object.assign(new Error(), { name: 1, message: "", stack: undefined });
    expect(redact(odd)).toEqual({ name: 1, message: "" });
    const hostile = Object.defineProperty(new Error("x"), "stack", { get: fails });
    expect(redact(hostile)).toEqual({ name: "Error", message: "x", stack: "[unreadable]" });
    const other = Object.assign(new Error("x"), { stack: "Error: y\n at z", toJSON: fails });
    expect(redact(other)).toMatchObject({ stack: "Error: y\n at z" });
  });
});

describe("bounds", () => {
  it("of depth", () => {
    const { redact: shallow } = createRedactor({ maxDepth: 1 });
    expect(shallow({ a: { b: { c: 1, d: 2 }, e: [1, 2, 3], f: 1 } })).toEqual({
      a: { b: "[object, 2 members]", e: "[array, 3 items]", f: 1 },
    });
  });

  it("of a document that is 200,000 levels deep", () => {
    const deep = JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`);
    expect(JSON.stringify(redact(deep))).toBe(
      `${"[".repeat(11)}"[array, 1 items]"${"]".repeat(11)}`,
    );
  });

  it("of members, the deepest first", () => {
    const { redact: few } = createRedactor({ maxKeys: 4 });
    expect(few({ a: { x: 1, y: 2 }, b: 2, c: [1], d: [] })).toEqual({
      a: "[object, 2 members]",
      b: 2,
      c: "[array, 1 items]",
      d: [],
    });
    expect(few({ a: { x: 1, y: 2, z: 3 }, b: [1, 2] })).toEqual({
      a: { x: 1, y: 2, "[left out]": "1 more members" },
      b: ["[2 more items]"],
    });
    expect(few({ a: 1, b: 2, c: 3, d: { e: 1 }, f: 5 })).toEqual({
      a: 1,
      b: 2,
      c: 3,
      d: "[object, 1 members]",
      "[left out]": "1 more members",
    });
    expect(few([1, 2, 3, [1], 5, 6])).toEqual([1, 2, 3, "[array, 1 items]", "[2 more items]"]);
  });

  it("of what many share", () => {
    let value: unknown = "x";
    for (let level = 0; level < 60; level++) value = [value, value];
    expect(JSON.stringify(createRedactor({ maxDepth: 100 }).redact(value)).length).toBeLessThan(
      30_000,
    );
  });

  it("of arrays, sparse ones too, and of collections", () => {
    const sparse: unknown[] = [];
    sparse[4_000_000_000] = 1;
    expect(redact({ sparse })).toEqual({
      sparse: [...new Array(100).fill(null), "[3999999901 more items]"],
    });
    const { redact: few } = createRedactor({ maxKeys: 3, maxArrayLength: 2 });
    expect(
      few(
        new Map([
          ["a", 1],
          ["b", 2],
          ["c", 3],
          ["d", 4],
        ]),
      ),
    ).toEqual({
      a: 1,
      b: 2,
      c: 3,
      "[left out]": "1 more members",
    });
    expect(few(new Set([1, 2, 3]))).toEqual([1, 2, "[1 more items]"]);
  });

  it("of all texts together", () => {
    const { redact: little } = createRedactor({ maxStringLength: 10, maxTextLength: 15 });
    expect(little({ a: "0123456789", b: "0123456789", c: "x", d: 1 })).toEqual({
      a: "0123456789",
      b: "01234…[10 characters]",
      c: "…[1 characters]",
      d: 1,
    });
  });

  it("that are not there", () => {
    const none = createRedactor({
      maxDepth: Number.POSITIVE_INFINITY,
      maxKeys: Number.POSITIVE_INFINITY,
      maxArrayLength: Number.POSITIVE_INFINITY,
      maxStringLength: Number.POSITIVE_INFINITY,
      maxTextLength: Number.POSITIVE_INFINITY,
    });
    const value = { list: new Array(5000).fill("x".repeat(100)) };
    expect(none.redact(value)).toEqual(value);
  });
});

describe("a keyed hash", () => {
  const key = "0123456789abcdef0123456789abcdef";
  const hashed = createRedactor({ hashKey: key });
  const hashOf = (value: string): string =>
    `[hmac ${createHmac("sha256", key).update(value).digest("hex").slice(0, 24)}]`;

  it("relates what is the same, without telling it", () => {
    expect(
      hashed.redact({ token: "hunter2", pin: 7, note: "password=hunter2", other: { pwd: ["x"] } }),
    ).toEqual({
      token: hashOf("hunter2"),
      pin: hashOf("7"),
      note: `password=${hashOf("hunter2")}`,
      other: { pwd: "[redacted]" },
    });
    const token = `${"gh"}p_${"a1B2".repeat(9)}`;
    expect(hashed.text(`of ${token}`)).toBe(`of ${hashOf(token)}`);
    expect(hashed.redact({ n: 4_111_111_111_111_111 })).toEqual({ n: hashOf("4111111111111111") });
  });

  it("is another one with another key, which may be bytes", () => {
    const other = createRedactor({ hashKey: Buffer.alloc(32, 1) });
    expect(other.text("token=hunter2")).toMatch(/^token=\[hmac [\da-f]{24}\]$/);
    expect(other.text("token=hunter2")).not.toBe(hashed.text("token=hunter2"));
  });

  it("is not made of a hash, a mask or a label", () => {
    using _secret = new Secret("database", "hunter2-hunter2");
    const once = hashed.redact({ a: "token=x1", pwd: "x2", c: "is hunter2-hunter2" });
    expect(once).toMatchObject({ c: "is [secret database]" });
    expect(hashed.redact(once)).toEqual(once);
    expect(hashed.redact({ token: "[redacted]", pwd: "***" })).toEqual({
      token: "[redacted]",
      pwd: "***",
    });
  });
});

describe("options", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each<[string, object, string]>([
    ["a misspelt one", { key: ["a"] }, 'unknown option "key". Did you mean "keys"?'],
    ["names that are none", { keys: [1] }, 'option "keys" must be an array of non-empty strings'],
    [
      "patterns as text",
      { patterns: ["a"] },
      'option "patterns" must be an array of regular expressions',
    ],
    [
      "a short key",
      { hashKey: "short" },
      'option "hashKey" must be a string or Uint8Array of at least 32 bytes, but got a string',
    ],
    ["no key", { hashKey: 1 }, 'option "hashKey" must be'],
    ["a negative bound", { maxDepth: -1 }, 'option "maxDepth" must be a whole number of levels'],
    ["a path that is none", { paths: ["a..b"] }, 'option "paths" has "a..b", which is no path'],
  ])("refuses %s", (_title, options, message) => {
    expect(() => createRedactor(options)).toThrow(TypeError);
    expect(() => createRedactor(options)).toThrow(
      `@middy-hardening/security-logger: redactor: ${message}`,
    );
  });
});
