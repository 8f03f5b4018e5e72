/** The bytes of an answer, against what the runtime makes of it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonBytes } from "../src/json-size.ts";

/** What the runtime sends; `undefined` where it fails. */
function sent(value: unknown): number | undefined {
  try {
    const text: string | undefined = JSON.stringify(value === undefined ? null : value);
    return text === undefined ? undefined : Buffer.byteLength(text);
  } catch {
    return undefined;
  }
}

/** No false refusal and no false pass, at the exact limit and around it. */
function expectExact(value: unknown): void {
  const bytes = sent(value);
  if (bytes === undefined) {
    for (const limit of [1_000_000, Infinity]) expect(jsonBytes(value, limit)).toBeNaN();
    return;
  }
  for (const limit of [bytes, bytes + 1, 7 * bytes + 30, Infinity]) {
    const measured = jsonBytes(value, limit);
    expect(measured).toBeGreaterThanOrEqual(bytes);
    expect(measured).toBeLessThanOrEqual(limit);
  }
  for (const limit of [bytes - 1, Math.floor(bytes / 2), 0]) {
    expect(jsonBytes(value, limit)).toBe(Infinity);
  }
}

class Order {
  readonly id: string;
  readonly lines: unknown;
  constructor(id: string, lines: unknown) {
    this.id = id;
    this.lines = lines;
  }
}

const leaves = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom('"', "\\", "\n", "\u0000", "\u2028", "é", "日", "🎉", "\ud800"),
  }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.bigInt(),
  fc.constantFrom<unknown>(null, undefined, -0, Number.NaN, Infinity, Symbol("s"), () => 1),
  fc.date({ noInvalidDate: false }),
  fc.string().map((text) => Object(text) as unknown),
  fc.constantFrom(1, true, 1n, Symbol("s")).map((value) => Object(value) as unknown),
  fc.uint8Array({ maxLength: 8 }),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom<unknown>(new Map([[1, 2]]), new Error("x"), /x/, new URL("https://example.com")),
);

const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small", withCrossShrink: true }, leaves, tie("node")),
  node: fc.oneof(
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: "binary" }), tie("value"), { maxKeys: 5 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 5, noNullPrototype: false }),
    fc.tuple(fc.string(), tie("value")).map(([id, lines]) => new Order(id, lines)),
    tie("value").map((inner) => ({ toJSON: () => inner })),
    tie("value").map((inner) => ({ a: 1, toJSON: (name: string) => ({ name, inner }) })),
    tie("value").map((inner) => Object.assign([1, 2], { toJSON: () => inner })),
    tie("value").map((inner) => Object.assign(() => 1, { toJSON: () => inner })),
    tie("value").map((inner) => ({
      get inner() {
        return inner;
      },
    })),
    fc.array(tie("value"), { maxLength: 3 }).map((list) => new Proxy(list, {})),
    fc.constant(Object.assign(new Array(3), [1])),
  ),
}));

describe("the bytes of an answer", () => {
  it("are those of its JSON, whatever it is", () => {
    fc.assert(fc.property(values, expectExact), { numRuns: 2_000 });
  });

  it("are those of plain data near the limit", () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 5 }), expectExact), { numRuns: 500 });
  });

  it.each([
    ["a cycle", () => cyclic()],
    ["a cycle through a list", () => cyclicList()],
    ["a BigInt", () => ({ id: 1n })],
    ["a getter that throws", () => throwing({ get: "id" })],
    ["a toJSON that throws", () => [throwing({ get: undefined })]],
    ["a proxy whose traps throw", () => ({ a: hostileProxy() })],
    ["a revoked proxy", () => revoked()],
    ["a function", () => () => 1],
    ["a symbol", () => Symbol("s")],
    ["an object without JSON", () => ({ toJSON: () => undefined })],
    ["more levels than the stack", () => tower(200_000)],
    ["levels without end", () => endless()],
    ["more text than fits into one", () => Array(600).fill("x".repeat(1_000_000))],
  ])("are none for %s", (_name, make) => {
    expect(sent(make())).toBeUndefined();
    expect(jsonBytes(make(), 6_000_000)).toSatisfy(
      (bytes) => Number.isNaN(bytes) || bytes === Infinity,
    );
    expect(jsonBytes(make(), Infinity)).toSatisfy(
      (bytes) => Number.isNaN(bytes) || bytes === Infinity,
    );
  });

  it("are counted where they are deep, but not too deep for JSON", () => {
    expectExact(tower(2_000));
  });

  it("are told of a huge list or text without making its JSON", () => {
    const poisoned = { toJSON: () => expect.unreachable() };
    expect(jsonBytes(["x".repeat(1_000), poisoned], 900)).toBe(Infinity);
    expect(jsonBytes([new Array(4_000_000_000), poisoned], 6_000_000)).toBe(Infinity);
  });

  it("are told of an ordinary answer without making its JSON", () => {
    const response = {
      statusCode: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: "x".repeat(100_000) }),
    };
    const proxied = new Proxy(response.headers, {
      ownKeys: (target) => {
        reads++;
        return Reflect.ownKeys(target);
      },
    });
    let reads = 0;
    expect(jsonBytes({ ...response, headers: proxied }, 6_291_556)).toBeLessThan(6_291_556);
    expect(reads).toBe(1);
  });

  it("follow a BigInt that was taught to be JSON", () => {
    const prototype = BigInt.prototype as { toJSON?: () => string };
    prototype.toJSON = () => "big";
    try {
      expectExact({ id: 1n });
      expectExact(1n);
    } finally {
      delete prototype.toJSON;
    }
  });
});

function cyclic(): unknown {
  const order: Record<string, unknown> = { lines: [] };
  order.customer = { orders: [order] };
  return order;
}

function cyclicList(): unknown {
  const list: unknown[] = [1];
  list.push(list);
  return list;
}

const throwing = ({ get }: { readonly get: string | undefined }): object =>
  get === undefined
    ? {
        toJSON() {
          throw new Error("no");
        },
      }
    : {
        get [get]() {
          throw new Error("no");
        },
      };

const hostileProxy = (): object =>
  new Proxy(
    {},
    {
      get() {
        throw new Error("no");
      },
    },
  );

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function tower(depth: number): unknown {
  let value: unknown[] = [];
  for (let level = 1; level < depth; level++) value = [value];
  return value;
}

const endless = (): object => ({
  get next() {
    return endless();
  },
});
