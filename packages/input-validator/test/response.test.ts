import middy from "@middy/core";
import { HTTP_KINDS, httpEvent, type InvocationOutcome, invoke } from "@middy-hardening/testing";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { inputValidator } from "../src/index.ts";
import { type Answer, send, sendEvent } from "./support.ts";

const user = z.object({ id: z.int(), name: z.string() });

const answerOf = (
  returned: unknown,
  kind: (typeof HTTP_KINDS)[number] = "api-gateway-http",
  response: StandardSchemaV1 = user,
): Promise<Answer> => send({ response }, {}, kind, () => returned);

describe("an HTTP response", () => {
  it.each(HTTP_KINDS)("of %s leaves without the fields that its schema strips", async (kind) => {
    const returned = {
      statusCode: 200,
      headers: { "content-type": "application/json", "Content-Length": "61" },
      body: JSON.stringify({ id: 1, name: "Ada", passwordHash: "$2b$10$x" }),
    };
    const { status, body, headers, events } = await answerOf(returned, kind);
    expect(status).toBe(200);
    expect(body).toEqual({ id: 1, name: "Ada" });
    expect(Object.keys(headers)).not.toContain("Content-Length");
    expect(events).toEqual([]);
  });

  it.each(HTTP_KINDS)("of %s that does not match becomes a 500", async (kind) => {
    const returned = { statusCode: 200, body: '{"id":"1; DROP TABLE","name":"Ada"}' };
    const { status, body, events, logged } = await answerOf(returned, kind);
    expect(status).toBe(500);
    expect(body).toEqual({});
    expect(events).toEqual(["response_validation_fail: #/id"]);
    expect(logged).toBe(
      "Error: @middy-hardening/input-validator: The response does not match its schema. #/id",
    );
  });

  it("that is an object left to a serializer is judged and written as JSON", async () => {
    const returned = { statusCode: 201, body: { id: 1, name: "Ada", secret: 1 } };
    const { body, headers } = await answerOf(returned);
    expect(body).toEqual({ id: 1, name: "Ada" });
    expect(headers).toEqual({ "content-type": "application/json" });
  });

  it("of payload format 2.0 in short form is judged as well", async () => {
    expect((await answerOf({ id: 1, name: "Ada", secret: 1 })).body).toEqual({
      id: 1,
      name: "Ada",
    });
    expect((await answerOf({ id: 1 })).status).toBe(500);
  });

  it("keeps its content type and is not changed in the handler's hands", async () => {
    const returned = Object.freeze({
      statusCode: 200,
      headers: Object.freeze({ "Content-Type": "application/vnd.user+json" }),
      body: '{"id":1,"name":"Ada","secret":1}',
    });
    const { headers } = await answerOf(returned);
    expect(headers).toEqual({ "Content-Type": "application/vnd.user+json" });
    expect(returned.body).toContain("secret");
  });

  it.each([
    ["HTML", { statusCode: 200, headers: { "content-type": "text/html" }, body: "<p>hi</p>" }],
    ["base64", { statusCode: 200, body: "MTIz", isBase64Encoded: true }],
    ["a number in base64", { statusCode: 200, body: "1234", isBase64Encoded: true }],
    ["bytes", { statusCode: 200, body: Buffer.from("{}") }],
    ["a function", { statusCode: 200, body: () => 1 }],
  ])("that no schema can judge fails closed: %s", async (_what, returned) => {
    const { status, events } = await answerOf(returned);
    expect(status).toBe(500);
    expect(events[0]).toMatch(/^response_validation_fail: /);
  });

  it("with a status that is no number does not slip past its schema", async () => {
    for (const kind of ["api-gateway-rest", "api-gateway-http", "alb"] as const) {
      const { status, logged } = await answerOf({ statusCode: "OK", body: '{"secret":1}' }, kind);
      expect(status).toBe(500);
      expect(logged).toContain("The response has no status code.");
    }
  });

  it.each([
    { statusCode: 200 },
    { statusCode: 200, body: "" },
    { statusCode: 200, body: null },
    { statusCode: 302, headers: { location: "/" } },
  ])("without a body has nothing to judge: %j", async (returned) => {
    expect((await answerOf(returned)).status).toBe(returned.statusCode);
  });

  it.each([204, 205, 304])(
    "of status %i has no body, whatever the handler wrote",
    async (status) => {
      const { result } = await sendRaw({ statusCode: status, body: '{"secret":1}' });
      expect(result).toEqual({ statusCode: status, headers: {} });
    },
  );

  it.each([null, undefined])(
    "that is forgotten is judged as the null that the gateway would send: %j",
    async (returned) => {
      const { error } = await sendRaw(returned);
      expect(error?.errorMessage).toBe(
        "@middy-hardening/input-validator: The response does not match its schema. #",
      );
    },
  );

  it("may be judged by an asynchronous schema", async () => {
    const schema = v.objectAsync({
      id: v.pipeAsync(
        v.number(),
        v.checkAsync(async (id) => id === 1),
      ),
    });
    const good = await answerOf({ statusCode: 200, body: '{"id":1,"x":2}' }, "alb", schema);
    expect(good.body).toEqual({ id: 1 });
    const bad = await answerOf({ statusCode: 200, body: '{"id":2}' }, "alb", schema);
    expect(bad.status).toBe(500);
  });

  it("whose schema throws is a 500, even when it was the stack", async () => {
    for (const error of [new Error("defect"), new RangeError("Maximum call stack size exceeded")]) {
      const schema = z.any().transform(() => {
        throw error;
      });
      const { status, logged } = await answerOf({ statusCode: 200, body: "{}" }, "alb", schema);
      expect(status).toBe(500);
      expect(logged).toContain(error.message);
    }
  });
});

describe("the result for another trigger", () => {
  it("is judged whole, and replaced by what the schema returns", async () => {
    const event = { name: "Ada" };
    const result = async (returned: unknown) =>
      await sendEvent({ response: user }, event, () => returned);
    expect((await invokeRaw(event, { id: 1, name: "Ada", secret: 1 })).result).toEqual({
      id: 1,
      name: "Ada",
    });
    expect((await result({ id: 1 })).status).toBe(500);
    expect((await result(undefined)).status).toBe(500);
  });
});

async function invokeRaw(event: unknown, returned: unknown): Promise<InvocationOutcome> {
  const handler = middy()
    .use(inputValidator({ response: user }))
    .handler(async () => returned);
  return await invoke(handler, event);
}

const sendRaw = (returned: unknown): Promise<InvocationOutcome> =>
  invokeRaw(httpEvent("api-gateway-http"), returned);
