/**
 * Other middlewares in places where they cannot work: the developer is told which, and what to do.
 */
import middy, { type MiddlewareObj, type Request } from "@middy/core";
import { invocationOf } from "@middy-hardening/core";
import { HTTP_KINDS, httpEvent, invoke, sqsEvent } from "@middy-hardening/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import type { InputValidatorOptions } from "../src/index.ts";

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const order = z.object({ sku: z.string() });
const POST = { method: "POST", path: "/orders", body: { sku: "A-1" } };

describe("something else in the place of the event, behind a middleware of the suite that has seen it", () => {
  async function failureOf(
    options: InputValidatorOptions,
    event: unknown,
    replacement: unknown,
  ): Promise<string | undefined> {
    const { inputValidator } = await import("../src/index.ts");
    const handle = vi.fn();
    const handler = middy()
      .before((request) => void invocationOf(request))
      .before((request: Request) => {
        request.event = replacement;
      })
      .use(inputValidator(options) as MiddlewareObj)
      .handler(handle);
    const { error } = await invoke(handler, event);
    expect(handle).not.toHaveBeenCalled();
    return error?.errorMessage;
  }

  const LOST =
    /^@middy-hardening\/input-validator: the event is no longer one of [a-z-]+: .* Add that one/;

  test.each(HTTP_KINDS)("fails a request of %s, though nothing is required", async (kind) => {
    const nothing: readonly InputValidatorOptions[] = [
      { body: z.optional(order) },
      { query: z.object({}) },
      { headers: z.object({}) },
    ];
    for (const options of nothing) {
      expect(await failureOf(options, httpEvent(kind, POST), { sku: "A-1" })).toMatch(LOST);
      expect(await failureOf(options, httpEvent(kind, POST), null)).toMatch(LOST);
    }
  });

  test("fails no request of which the schema of another validator has left a part", async () => {
    const { inputValidator } = await import("../src/index.ts");
    const stripped = z.object({ body: z.string(), headers: z.record(z.string(), z.string()) });
    const handler = middy()
      .use(inputValidator({ event: stripped }) as MiddlewareObj)
      .use(inputValidator({ body: order }) as MiddlewareObj)
      .handler((event) => (event as { readonly body?: unknown }).body);
    const { result } = await invoke(handler, httpEvent("api-gateway-http", POST));
    expect(result).toEqual({ sku: "A-1" });
  });

  test("fails no batch of which a filter has left nothing", async () => {
    const { inputValidator } = await import("../src/index.ts");
    const handler = middy()
      .before((request) => void invocationOf(request))
      .before((request: Request) => {
        request.event = { Records: [] };
      })
      .use(inputValidator({ record: order }) as MiddlewareObj)
      .handler(() => ({ batchItemFailures: [] }));
    const { result } = await invoke(handler, sqsEvent([{ body: '{"sku":"A-1"}' }]));
    expect(result).toEqual({ batchItemFailures: [] });
  });

  test("fails a batch", async () => {
    const event = sqsEvent([{ body: '{"sku":"A-1"}' }]);
    expect(await failureOf({ record: order }, event, [{ sku: "A-1" }])).toMatch(LOST);
  });

  test("fails a batch whose records are not to be found any more", async () => {
    const event = { eventSource: "aws:kafka", records: { "orders-0": [{ value: "e30=" }] } };
    expect(await failureOf({ record: order }, event, [{ sku: "A-1" }])).toMatch(LOST);
  });
});

test("a call that is not of the trigger says which middlewares may stand in the wrong place", async () => {
  const { inputValidator } = await import("../src/index.ts");
  const handler = middy(async () => "done").use(inputValidator({ body: order }));
  const { error } = await invoke(handler, { source: "serverless-plugin-warmup" });
  expect(error?.errorMessage).toBe(
    "@middy-hardening/input-validator: expected an event of an HTTP integration, but got one of direct. If another middleware answers such calls, as @middy/warmup does, add that one to the chain before inputValidator. If one puts something else in the place of the event, as a parser with an envelope does, add it after.",
  );
});

describe("a body parser further in", () => {
  const refusal = (cause: unknown) =>
    Object.assign(new Error("Invalid or malformed JSON was provided", { cause }), {
      statusCode: 422,
    });
  const ofParser = refusal({ package: "@middy/http-json-body-parser", data: {} });
  const failing = (error: unknown): MiddlewareObj => ({
    before: () => {
      throw error;
    },
  });

  /** Invokes a function twice, and collects the warnings of the process. */
  async function warningsOf(
    options: InputValidatorOptions,
    error: unknown,
    event: unknown = httpEvent("api-gateway-http", POST),
    place: "before" | "after" = "after",
  ): Promise<string[]> {
    const { inputValidator } = await import("../src/index.ts");
    const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const ours = inputValidator(options) as MiddlewareObj;
    const theirs = failing(error);
    const handler = middy().use(place === "after" ? [ours, theirs] : [theirs, ours]);
    await invoke(handler, event);
    await invoke(handler, event);
    return emitWarning.mock.calls.map(([message, type]) => `${type}: ${message}`);
  }

  test("that refuses what the schema has had parsed is told of once, with what to do", async () => {
    expect(await warningsOf({ body: order }, ofParser)).toEqual([
      'InputValidatorWarning: @middy-hardening/input-validator: a body parser further in refused a body that the schema of "body" has had parsed already. Leave the parser out, or add it to the chain before inputValidator, behind payloadGuard.',
    ]);
  });

  test("that refuses a body for what it says is nobody's business", async () => {
    expect(await warningsOf({ query: z.object({}), record: order }, ofParser)).toEqual([]);
  });

  test("that is in fact further out is nobody's business, whether there is a body or none", async () => {
    const none = httpEvent("api-gateway-http", { path: "/orders" });
    const empty = httpEvent("api-gateway-rest", { path: "/orders" });
    for (const event of [undefined, none, empty]) {
      expect(await warningsOf({ body: order }, ofParser, event, "before")).toEqual([]);
    }
  });

  test.each([
    ["an error of the application", new Error("Down.")],
    ["an error caused by another package", refusal({ package: "@middy/validator" })],
    ["null", null],
    [
      "an error that cannot be read",
      new Proxy(new Error("Down."), {
        get(_target, name) {
          if (name === "cause") throw new Error("Unreadable.");
          return undefined;
        },
      }),
    ],
  ])("is not seen in %s", async (_what, error) => {
    expect(await warningsOf({ body: order }, error)).toEqual([]);
  });
});
