import middy from "@middy/core";
import { httpEvent, lambdaContext } from "@middy-hardening/testing";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import * as mini from "zod/mini";
import { inputValidator } from "../src/index.ts";
import { post, problemsOf, send } from "./support.ts";

const later = async <Value>(value: Value): Promise<Value> => {
  await new Promise((resolve) => setImmediate(resolve));
  return value;
};

const standard = (validate: StandardSchemaV1["~standard"]["validate"]): StandardSchemaV1 => ({
  "~standard": { version: 1, vendor: "test", validate },
});

describe("synchronous schemas", () => {
  it.each<[string, StandardSchemaV1]>([
    ["zod", z.object({ a: z.number() })],
    ["zod/mini", mini.object({ a: mini.number() })],
    ["valibot", v.object({ a: v.number() })],
    ["arktype", type({ a: "number" })],
  ])("of %s cost no promise", (_library, schema) => {
    const { before, after } = inputValidator({ body: schema, query: schema, response: schema });
    const request = {
      event: httpEvent("api-gateway-http", { path: "/?a=1", body: { a: 1 } }),
      context: lambdaContext(),
      response: { statusCode: 200, body: '{"a":1}' },
      error: undefined,
      internal: {},
    };
    const queryless = inputValidator({ body: schema }).before;
    expect(queryless?.(request as never)).toBeUndefined();
    expect(() => before?.(request as never)).toThrow("The request is not valid.");
    expect(after?.(request as never)).toBeUndefined();
  });
});

describe("asynchronous schemas", () => {
  const isFree = async (sku: string): Promise<boolean> => await later(sku === "free");

  it.each<[string, StandardSchemaV1]>([
    ["zod", z.object({ sku: z.string().refine(isFree) })],
    ["zod/mini", mini.object({ sku: mini.string().check(mini.refine(isFree)) })],
    ["valibot", v.objectAsync({ sku: v.pipeAsync(v.string(), v.checkAsync(isFree)) })],
  ])("of %s are awaited, and judge", async (_library, schema) => {
    const good = await send({ body: schema }, post('{"sku":"free"}'));
    expect(good.status).toBe(200);
    expect(good.event?.["body"]).toEqual({ sku: "free" });
    const bad = await send({ body: schema }, post('{"sku":"taken"}'));
    expect(bad.status).toBe(422);
    expect(problemsOf(bad)).toEqual(["invalid at #/sku"]);
  });

  it("may be mixed with synchronous ones; all are heard before the answer", async () => {
    const answer = await send(
      {
        path: standard(async () => await later({ issues: [{ message: "", path: ["id"] }] })),
        query: z.object({ limit: z.string() }),
        headers: standard(async (value) => await later({ value })),
        body: z.object({ a: z.string() }),
      },
      post("{}"),
    );
    expect(problemsOf(answer)).toEqual([
      "required at path#/id",
      "required at query#/limit",
      "required at #/a",
    ]);
  });

  it("that return a promise of their own kind are awaited before the handler runs", async () => {
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: the promise of another library is the subject
      then: (resolve: (value: unknown) => void) => {
        setImmediate(() => resolve({ issues: [{ message: "" }] }));
      },
    };
    const answer = await send({ body: standard(() => thenable as never) }, post("{}"));
    expect(answer.status).toBe(422);
    expect(answer.event).toBeUndefined();
  });

  it("that overlap in one process do not mix their invocations", async () => {
    const schema = standard(async (value) => {
      const { id, wait } = value as { id: number; wait: number };
      for (let turn = 0; turn < wait; turn++) await later(undefined);
      return id % 2 === 0 ? { value: { id } } : { issues: [{ message: "", path: [`p${id}`] }] };
    });
    const answers: unknown[] = [];
    const handler = middy()
      .use(inputValidator({ body: schema }))
      .handler(async (event) => event.body);
    await Promise.all(
      Array.from({ length: 8 }, async (_, id) => {
        const event = httpEvent("api-gateway-http", { body: { id, wait: 8 - id } });
        answers[id] = await handler(event as never, lambdaContext()).catch(
          (error: { extensions: { errors: { pointer: string }[] } }) =>
            error.extensions.errors[0]?.pointer,
        );
      }),
    );
    expect(answers).toEqual([
      { id: 0 },
      "#/p1",
      { id: 2 },
      "#/p3",
      { id: 4 },
      "#/p5",
      { id: 6 },
      "#/p7",
    ]);
  });
});

describe("a schema that throws", () => {
  type Tree = { child?: Tree | undefined };
  const tree: z.ZodType<Tree> = z.object({
    get child() {
      return tree.optional();
    },
  });
  const deep = `${'{"child":'.repeat(200_000)}{}${"}".repeat(200_000)}`;

  it("because deep input used up its stack refuses the input with 422", async () => {
    const answer = await send({ body: tree }, post(deep));
    expect(answer).toMatchObject({ status: 422, body: { code: "too_deep" } });
    expect(answer.events).toEqual(["input_validation_fail: body"]);
    expect(answer.event).toBeUndefined();
  });

  it("later, for the same reason, refuses as well", async () => {
    const schema = standard(async (value) => {
      await later(undefined);
      return await tree["~standard"].validate(value);
    });
    expect(await send({ body: schema }, post(deep))).toMatchObject({
      status: 422,
      body: { code: "too_deep" },
    });
  });

  it.each([
    ["an error", new Error("no such table")],
    ["another range error", new RangeError("Invalid time value")],
    ["no error at all", null],
  ])("%s is a defect: the request fails with 500", async (_what, thrown) => {
    for (const validate of [
      () => {
        throw thrown;
      },
      async () => {
        throw await later(thrown);
      },
    ]) {
      const answer = await send({ body: standard(validate) }, post("{}"));
      expect(answer.status).toBe(500);
      expect(answer.event).toBeUndefined();
    }
  });
});
