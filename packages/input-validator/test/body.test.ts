import { httpEvent } from "@middy-hardening/testing";
import { describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { post, problemsOf, send, sendEvent } from "./support.ts";

const order = z.strictObject({ sku: z.string(), quantity: z.int() });
const anything = z.any();
const orderText = '{"sku":"A-1","quantity":2}';

describe("a JSON body", () => {
  it("reaches the handler parsed, with the schema's transforms and defaults", async () => {
    const schema = z.object({
      sku: z.string().transform((text) => text.toLowerCase()),
      quantity: z.int().default(1),
    });
    const { status, event, events } = await send({ body: schema }, post('{"sku":"A-1"}'));
    expect(status).toBe(200);
    expect(event?.["body"]).toEqual({ sku: "a-1", quantity: 1 });
    expect(events).toEqual([]);
  });

  it.each([
    "application/json",
    "Application/JSON; charset=UTF-8",
    'application/json;charset="utf-8"',
    "application/json; charset=utf8 ; x=y",
    "application/vnd.order+json",
  ])("is accepted as %s", async (contentType) => {
    expect((await send({ body: order }, post(orderText, contentType))).status).toBe(200);
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonp",
    "multipart/form-data",
    "application/json; charset=utf-16",
    "application/json; charset=utf-8; charset=utf-7",
    "application/json; charset=",
  ])("is refused with 415 as %s", async (contentType) => {
    const { status, body, events, event } = await send(
      { body: order },
      post(orderText, contentType),
    );
    expect(status).toBe(415);
    expect(body["code"]).toBe("unsupported_media_type");
    expect(events).toEqual(["input_validation_fail: content-type"]);
    expect(event).toBeUndefined();
  });

  it("is refused with 415 without a content type, and with two of them", async () => {
    for (const types of [[], ["application/json", "text/plain"]]) {
      const request = { ...post(orderText), headers: { "content-type": types } };
      expect((await send({ body: order }, request, "api-gateway-rest")).status).toBe(415);
    }
  });

  it("is refused with 400 when it is not JSON, without a word of what it was", async () => {
    const { status, body, events } = await send({ body: order }, post('{"password": hunter2}'));
    expect(status).toBe(400);
    expect(body).toEqual({ code: "malformed_json", detail: "The body is not well-formed JSON." });
    expect(events).toEqual(["input_validation_fail: body"]);
  });

  it("is decoded from base64, without its byte order mark", async () => {
    const body = Buffer.from(`\uFEFF${orderText}`);
    const { status, event } = await send({ body: order }, { ...post(""), body });
    expect(status).toBe(200);
    expect(event?.["body"]).toEqual({ sku: "A-1", quantity: 2 });
  });

  it("is refused with 400 when it is not base64 or not UTF-8, and says so in the log", async () => {
    const event = httpEvent("api-gateway-http", post(orderText));
    const notBase64 = await sendEvent({ body: order }, { ...event, isBase64Encoded: true });
    expect(notBase64).toMatchObject({ status: 400, body: { code: "invalid_base64" } });
    expect(notBase64.events).toEqual(["input_validation_fail: body"]);
    const latin1 = await send(
      { body: order },
      { ...post(""), body: Buffer.from('"\xe9"', "latin1") },
    );
    expect(latin1).toMatchObject({ status: 400, body: { code: "invalid_encoding" } });
    expect(latin1.events).toEqual(["input_validation_fail: body"]);
  });

  it("that is absent is undefined for the schema, and needs no content type", async () => {
    for (const kind of ["api-gateway-http", "api-gateway-rest", "alb"] as const) {
      const { status, event } = await send({ body: order.optional() }, { method: "POST" }, kind);
      expect(status).toBe(200);
      expect(event).toHaveProperty("body");
      expect(event?.["body"]).toBeUndefined();
    }
    const refused = await send({ body: order }, { method: "POST" });
    expect(refused.status).toBe(422);
    expect(problemsOf(refused)).toEqual(["required at #"]);
  });

  it("that another middleware has parsed goes to the schema as it is", async () => {
    const event = { ...httpEvent("api-gateway-http"), body: { sku: "A-1", quantity: 2 } };
    expect((await sendEvent({ body: order }, event)).status).toBe(200);
    expect((await sendEvent({ body: order }, { ...event, body: { sku: 1 } })).status).toBe(422);
  });

  it("is read and refused by the schema of the one who asks, whatever happened before", async () => {
    expect((await send({ body: order }, post('{"sku":1}'))).status).toBe(422);
    expect((await send({ body: order }, post(orderText))).status).toBe(200);
    expect((await send({ body: order }, post('{"sku":1}'))).status).toBe(422);
  });
});

describe("prototype pollution", () => {
  it.each([
    '{"__proto__":{"isAdmin":true}}',
    '{"__proto\\u005f_":{"isAdmin":true}}',
    '{"\\u005F\\u005fproto\\u005f\\u005f":1}',
    '[{"a":[{"b":{"__proto__":null}}]}]',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    '{"a":{"c\\u006fnstructor":{"prototyp\\u0065":{}}}}',
  ])("is refused at any depth and in any spelling: %s", async (text) => {
    const { status, body, events, event } = await send({ body: anything }, post(text));
    expect(status).toBe(400);
    expect(body["code"]).toBe("forbidden_name");
    expect(events).toEqual(["malicious_extraneous: body"]);
    expect(event).toBeUndefined();
  });

  it("is refused in a body that is an object already, as a direct call can send it", async () => {
    const forged = {
      ...httpEvent("api-gateway-http"),
      body: JSON.parse('{"a":{"__proto__":{"isAdmin":true}}}'),
    };
    const { status, body, events } = await sendEvent({ body: anything }, forged);
    expect(status).toBe(400);
    expect(body["code"]).toBe("forbidden_name");
    expect(events).toEqual(["malicious_extraneous: body"]);
  });

  it.each(['"\\ud800"', '{"sku":"a\\uDC00b"}', '{"\\udfff":1}', '["\\ud83d\\u0020"]'])(
    "is not the only thing that an escape can hide: half a character is refused too: %s",
    async (text) => {
      const { status, body } = await send({ body: anything }, post(text));
      expect(status).toBe(400);
      expect(body["code"]).toBe("invalid_encoding");
    },
  );

  it("is not confused with a whole character that is written as two escapes", async () => {
    const { status, event } = await send({ body: anything }, post('{"tea":"\\ud83c\\udf75"}'));
    expect(status).toBe(200);
    expect(event?.["body"]).toEqual({ tea: "🍵" });
  });

  it.each([
    '{"constructor":"Brunel","prototype":1}',
    '{"constructor":null}',
    '{"constructor":{"name":"Brunel"}}',
    '{"note":"about __proto__ and \\u00e9"}',
    '{"proto":{"__proto":1}}',
    '"__proto__"',
    "null",
  ])("is not seen in an honest document: %s", async (text) => {
    const { status, event } = await send({ body: anything }, post(text));
    expect(status).toBe(200);
    expect(event?.["body"]).toEqual(JSON.parse(text));
  });

  it("is found under 200,000 levels and behind a million siblings", async () => {
    const deep = `${'{"a":['.repeat(100_000)}{"__proto__":1}${"]}".repeat(100_000)}`;
    expect((await send({ body: anything }, post(deep))).status).toBe(400);
    const wide = `[${"{},".repeat(1_000_000)}{"__proto__":1}]`;
    expect((await send({ body: anything }, post(wide))).status).toBe(400);
  });

  it("is looked for in a body of one string without taking it apart", async () => {
    const text = `"\\u0061${"x".repeat(5_000_000)}"`;
    const keys = vi.spyOn(Object, "keys");
    expect((await send({ body: anything }, post(text))).status).toBe(200);
    expect(keys.mock.calls.some(([value]) => value instanceof String)).toBe(false);
    keys.mockRestore();
  });
});

describe("duplicate keys", () => {
  const reject = { body: anything, duplicateKeys: "reject" } as const;

  it("are allowed by default, and the last one counts", async () => {
    const { event } = await send({ body: anything }, post('{"role":"user","role":"admin"}'));
    expect(event?.["body"]).toEqual({ role: "admin" });
  });

  it.each([
    '{"role":"user","role":"admin"}',
    '{"role":"user","r\\u006fle":"admin"}',
    '[{"a":{"b":1,"c":[{}],"b":2}}]',
    '{"a\\"b":1,"a\\u0022b":2}',
    '{"":1,"":2}',
  ])("are refused with 400 on request: %s", async (text) => {
    const { status, body, events } = await send(reject, post(text));
    expect(status).toBe(400);
    expect(body["code"]).toBe("duplicate_key");
    expect(events).toEqual(["input_validation_fail: body"]);
  });

  it.each([
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
    '{"time":"12:30:00","a\\\\":":\\":","u\\"r:l":"http://x"}',
    '["a:a","a:a"]',
    "1",
  ])("are not seen in an honest document: %s", async (text) => {
    const { status, event } = await send(reject, post(text));
    expect(status).toBe(200);
    expect(event?.["body"]).toEqual(JSON.parse(text));
  });

  it("do not hide a forbidden name", async () => {
    const { events } = await send(reject, post('{"__proto__":1,"__proto__":2}'));
    expect(events).toEqual(["malicious_extraneous: body"]);
  });
});

describe("a form body", () => {
  const FORM = "application/x-www-form-urlencoded";
  const schema = z.strictObject({ name: z.string(), tag: z.array(z.string()).optional() });

  it("is decoded into fields; a repeated one is an array", async () => {
    const text = "name=Ada+L%C3%B6velace%26co&tag=a&tag=b&&tag=c=d";
    const { status, event } = await send({ body: schema, bodyType: "form" }, post(text, FORM));
    expect(status).toBe(200);
    expect(event?.["body"]).toEqual({ name: "Ada Lövelace&co", tag: ["a", "b", "c=d"] });
  });

  it("with a repeated field is refused by a schema that expects it once", async () => {
    const answer = await send({ body: schema, bodyType: "form" }, post("name=Ada&name=Eve", FORM));
    expect(answer.status).toBe(422);
    expect(problemsOf(answer)).toEqual(["type at #/name"]);
  });

  it("of another content type is refused with 415", async () => {
    const answer = await send({ body: schema, bodyType: "form" }, post('{"name":"Ada"}'));
    expect(answer).toMatchObject({ status: 415 });
    expect(answer.body["detail"]).toContain(FORM);
  });

  it.each([
    ["name=%E0%A4%A", "malformed_body"],
    ["name=%zz", "malformed_body"],
    ["__proto__=1", "forbidden_name"],
    ["%5f_proto__=1", "forbidden_name"],
  ])("that is malformed or hostile is refused with 400: %s", async (text, code) => {
    const answer = await send({ body: anything, bodyType: "form" }, post(text, FORM));
    expect(answer).toMatchObject({ status: 400, body: { code } });
    expect(answer.events).toHaveLength(1);
  });

  it("with a repeated field is refused with 400 on request", async () => {
    const options = { body: anything, bodyType: "form", duplicateKeys: "reject" } as const;
    expect((await send(options, post("a=1&%61=2", FORM))).body["code"]).toBe("duplicate_key");
    expect((await send(options, post("a=1&b", FORM))).event?.["body"]).toEqual({ a: "1", b: "" });
  });
});
