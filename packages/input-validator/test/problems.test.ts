import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import * as mini from "zod/mini";
import { type Answer, post, problemsOf, send } from "./support.ts";

/** The same rules in each library. */
const schemas: Readonly<Record<string, StandardSchemaV1>> = {
  zod: z.strictObject({
    sku: z.string().min(1).max(5),
    quantity: z.number().min(1).max(9),
    status: z.enum(["open", "paid"]),
    email: z.email(),
    items: z.array(z.strictObject({ quantity: z.number() })),
  }),
  "zod/mini": mini.strictObject({
    sku: mini.string().check(mini.minLength(1), mini.maxLength(5)),
    quantity: mini.number().check(mini.minimum(1), mini.maximum(9)),
    status: mini.enum(["open", "paid"]),
    email: mini.email(),
    items: mini.array(mini.strictObject({ quantity: mini.number() })),
  }),
  valibot: v.strictObject({
    sku: v.pipe(v.string(), v.minLength(1), v.maxLength(5)),
    quantity: v.pipe(v.number(), v.minValue(1), v.maxValue(9)),
    status: v.picklist(["open", "paid"]),
    email: v.pipe(v.string(), v.email()),
    items: v.array(v.strictObject({ quantity: v.number() })),
  }),
  arktype: type({
    "+": "reject",
    sku: "1 <= string <= 5",
    quantity: "1 <= number <= 9",
    status: type.unit("open"),
    email: "string.email",
    items: type({ "+": "reject", quantity: "number" }).array(),
  }),
};

const honest = {
  sku: "A-1",
  quantity: 2,
  status: "open",
  email: "ada@example.com",
  items: [{ quantity: 1 }],
};

const sendOrder = (schema: StandardSchemaV1, change: object): Promise<Answer> =>
  send({ body: schema }, post(JSON.stringify({ ...honest, ...change })));

describe.each(Object.entries(schemas))("a schema of %s", (_library, schema) => {
  it("lets an honest body through", async () => {
    const { status, event } = await sendOrder(schema, {});
    expect(status).toBe(200);
    expect(event?.["body"]).toEqual(honest);
  });

  it.each([
    ["a missing field", { sku: undefined }, "required at #/sku"],
    ["another type", { quantity: "2" }, "type at #/quantity"],
    ["another type, nested", { items: [{ quantity: "2" }] }, "type at #/items/0/quantity"],
    ["an object for an array", { items: {} }, "type at #/items"],
    ["a number below its range", { quantity: 0 }, "too_small at #/quantity"],
    ["a number above its range", { quantity: 10 }, "too_big at #/quantity"],
    ["a string that is too long", { sku: "x".repeat(6) }, "too_big at #/sku"],
    ["an empty string", { sku: "" }, "too_small at #/sku"],
    ["a wrong format", { email: "<script>" }, "format at #/email"],
  ])("reports %s by its place and a code", async (_what, change, expected) => {
    const answer = await sendOrder(schema, change);
    expect(answer.status).toBe(422);
    expect(answer.body["code"]).toBe("validation_failed");
    expect(problemsOf(answer)).toEqual([expected]);
    expect(answer.events).toEqual([`input_validation_fail: ${expected.split(" at ")[1]}`]);
  });

  it("reports a value off a list as a discrete failure", async () => {
    const answer = await sendOrder(schema, { status: "free" });
    expect(problemsOf(answer)).toEqual(["value at #/status"]);
    expect(answer.events).toEqual(["input_validation_discrete_fail: #/status"]);
  });

  it("reports an unknown field as an attempt at mass assignment", async () => {
    const answer = await sendOrder(schema, { isAdmin: true });
    expect(answer.status).toBe(422);
    expect(answer.body["errors"]).toEqual([
      { pointer: "#/isAdmin", code: "unknown_field", detail: "The value is unknown." },
    ]);
    expect(answer.events).toEqual(["malicious_extraneous: #/isAdmin"]);
  });

  it("never tells the received value, to the caller or in an event", async () => {
    const secret = "s3cr3t-value";
    for (const change of [{ sku: secret }, { email: secret }, { status: secret }]) {
      const answer = await sendOrder(schema, change);
      expect(answer.status).toBe(422);
      expect(JSON.stringify([answer.body, answer.events])).not.toContain(secret);
    }
  });

  it("cuts and escapes the names that the client chose", async () => {
    const answer = await sendOrder(schema, {
      [`${"x".repeat(100)}`]: 1,
      'a/b~c %"\u202e\n': 1,
      größe: 1,
    });
    const pointers = (answer.body["errors"] as { pointer: string }[]).map((one) => one.pointer);
    const known = [
      `#/${"x".repeat(63)}…`,
      "#/a~1b~0c%20%25%22%5Cu%7B202e%7D%5Cu%7Ba%7D",
      "#/größe",
    ];
    expect(pointers.length).toBeGreaterThan(0);
    expect(known).toEqual(expect.arrayContaining(pointers));
  });

  it("tells at most 20 problems of ten thousand", async () => {
    const items = Array.from({ length: 10_000 }, () => ({ quantity: "1" }));
    const answer = await sendOrder(schema, { items });
    expect(problemsOf(answer)).toHaveLength(20);
    expect(problemsOf(answer)[19]).toBe("type at #/items/19/quantity");
    // A security event has no more than 16 parameters, here after its name.
    expect(answer.events[0]?.split(" ")).toHaveLength(17);
  });
});

describe("what libraries report in other ways", () => {
  it.each<[string, StandardSchemaV1, unknown, string]>([
    ["a union of Zod", z.union([z.string(), z.number()]), [], "invalid at #"],
    ["a refinement of Zod", z.string().refine(() => false), "x", "invalid at #"],
    ["a step of Zod", z.number().multipleOf(5), 3, "format at #"],
    ["a union of Valibot", v.union([v.string(), v.number()]), [], "invalid at #"],
    [
      "a check of Valibot",
      v.pipe(
        v.string(),
        v.check(() => false),
      ),
      "x",
      "invalid at #",
    ],
    ["an enumeration of ArkType", type("'open'|'paid'"), "x", "invalid at #"],
    ["a class of ArkType", type("Date"), 1, "type at #"],
  ])("%s has a code", async (_what, schema, body, expected) => {
    const answer = await send({ body: schema }, post(JSON.stringify(body)));
    expect(problemsOf(answer)).toEqual([expected]);
  });

  it("codes that nobody knows, and ever new ones, are all the same", async () => {
    for (let count = 0; count < 150; count++) {
      const schema: StandardSchemaV1 = {
        "~standard": {
          version: 1,
          vendor: "own",
          validate: () => ({ issues: [{ message: "", code: `own_${count}` }] }) as never,
        },
      };
      const answer = await send({ body: schema }, post("{}"));
      expect(problemsOf(answer)).toEqual(["invalid at #"]);
    }
  });

  it("many unknown fields of Zod are one problem each, 20 at most", async () => {
    const text = JSON.stringify(
      Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, index])),
    );
    const answer = await send({ body: z.strictObject({}) }, post(text));
    expect(problemsOf(answer)).toHaveLength(20);
    expect(answer.events[0]).toMatch(/^malicious_extraneous: #\/k0 #\/k1 /);
  });

  it("a place at the end of a very deep path is named by its first 32 segments", async () => {
    const tree: z.ZodType = z.object({
      get child() {
        return tree;
      },
    });
    const text = `${'{"child":'.repeat(100)}1${"}".repeat(100)}`;
    const answer = await send({ body: tree }, post(text));
    expect(problemsOf(answer)).toEqual([`type at #${"/child".repeat(32)}`]);
  });
});

describe("a library with its own habits", () => {
  const reporting = (issues: unknown): StandardSchemaV1 => ({
    "~standard": {
      version: 1,
      vendor: "other",
      validate: () => ({ issues: issues as readonly StandardSchemaV1.Issue[] }),
    },
  });

  it.each<[string, unknown, string[]]>([
    ["a failure without issues", [], ["invalid at #"]],
    ["an issue without a path", [{ message: "secret" }], ["invalid at #"]],
    [
      "an empty list of keys",
      [{ message: "", keys: [], path: ["sku"] }],
      ["unknown_field at #/sku"],
    ],
    [
      "segments that are objects",
      [{ message: "", path: [{ key: "sku" }, 0] }],
      ["invalid at #/sku/0"],
    ],
    [
      "segments that are symbols",
      [{ message: "", path: [Symbol("sku")] }],
      ["required at #/Symbol(sku)"],
    ],
    ["a code that is no text", [{ message: "", code: { toString: null }, path: ["sku"] }], []],
  ])("is understood or refused: %s", async (_what, issues, expected) => {
    const answer = await send({ body: reporting(issues) }, post('{"sku":["a"]}'));
    expect(answer.event).toBeUndefined();
    if (expected.length > 0) expect(problemsOf(answer)).toEqual(expected);
    else expect(answer.status).toBe(500);
  });
});
