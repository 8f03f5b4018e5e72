/** The structure of any event, as the runtime parsed it, and the bodies of other triggers. */
import { HTTP_KINDS, httpEvent } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import type { PayloadGuardOptions } from "../src/index.ts";
import { accepted, deliver, nested, refused, sendEvent } from "./support.ts";

/** As an invoker sends them: a literal of JavaScript would set a prototype. */
const json = (text: string): unknown => JSON.parse(text);

const keyed = (keys: number): object =>
  Object.fromEntries(Array.from({ length: keys }, (_, index) => [`key${index}`, index]));

describe("a direct call", () => {
  it("passes as it is, whatever it is", async () => {
    for (const event of [null, 7, [], [[1, null]], { body: 1, b: { c: [true, {}] } }]) {
      expect(await deliver(event)).toEqual({ result: null, event, events: [] });
    }
  });

  it("passes with long strings and long lists, as a file or a page of results has them", async () => {
    const event = { file: "x".repeat(100_000), rows: Array(20_000).fill(0) };
    expect(await deliver(event)).toMatchObject({ event, events: [] });
  });

  it("is refused one level too deep, or 200,000 of them", async () => {
    expect(await deliver(json(nested(32)))).toMatchObject({ events: [] });
    for (const text of [nested(33), nested(200_000), `${'{"a":'.repeat(33)}1${"}".repeat(33)}`]) {
      expect(await deliver(text)).toEqual({
        failure: "The request has more than 32 levels of JSON.",
        events: ["input_validation_fail: event, max_depth"],
      });
    }
    expect(await deliver(json(nested(3)), { maxDepth: 2 })).toMatchObject({
      failure: "The request has more than 2 levels of JSON.",
    });
  });

  it("is refused with one key too many, all objects together", async () => {
    expect(await deliver(keyed(10_000))).toMatchObject({ events: [] });
    expect(await deliver([keyed(5_000), { more: keyed(5_000) }])).toEqual({
      failure: "The request has more than 10000 JSON keys.",
      events: ["input_validation_fail: event, max_keys"],
    });
    expect(await deliver(keyed(10_001), { maxKeys: Infinity })).toMatchObject({ events: [] });
  });
});

describe("a name that reaches a prototype", () => {
  const forbidden = {
    failure: "The request has a name that reaches a prototype.",
    events: ["input_validation_fail: event, forbidden_name"],
  };

  it("is refused wherever it is, before a copy of the event changes a prototype", async () => {
    for (const text of [
      '{"__proto__":{"isAdmin":true}}',
      '{"__proto__":1}',
      '{"a":[{"b":{"\\u005f_proto__":null}}]}',
      '{"constructor":{"prototype":{"isAdmin":true}}}',
      '[{"constructor":{"name":"x","prototype":1}}]',
    ]) {
      expect(await deliver(json(text)), text).toEqual(forbidden);
    }
  });

  it("is not mistaken for an honest one", async () => {
    const honest =
      '{"constructor":"Ferrari","prototype":{"a":1},"b":{"constructor":{"id":"x"}},"proto":1,"c":{"constructor":null}}';
    expect(await deliver(json(honest))).toMatchObject({ event: json(honest), events: [] });
  });

  it("is refused in each part of an HTTP request, as a client can send it", async () => {
    for (const kind of HTTP_KINDS) {
      const text = JSON.stringify(httpEvent(kind, { path: "/?a=1", headers: { "X-A": "1" } }));
      for (const part of ['"headers":{', '"multiValueHeaders":{', '"requestContext":{']) {
        if (!text.includes(part)) continue;
        const hostile = json(text.replace(part, `${part}"__proto__":["x"],`));
        expect(await sendEvent({}, hostile), `${kind} ${part}`).toMatchObject(
          refused(400, "forbidden_name", "input_validation_fail: event, forbidden_name"),
        );
      }
    }
  });
});

describe("what AWS puts around a payload", () => {
  it("passes a bound that is tighter than its own form", async () => {
    const tight: PayloadGuardOptions = { maxDepth: 0, maxKeys: 0 };
    for (const kind of HTTP_KINDS) {
      expect(await sendEvent(tight, httpEvent(kind))).toMatchObject(accepted);
    }
    const cognito = {
      userPoolId: "eu-west-1_a",
      triggerSource: "PreSignUp_SignUp",
      request: { userAttributes: { email: "a@example.com" } },
    };
    expect(await deliver(cognito, tight)).toMatchObject({ event: cognito, events: [] });
  });

  it("is refused beyond the defaults, as no service makes it", async () => {
    const event = { ...httpEvent("api-gateway-http"), stageVariables: json(nested(40)) };
    expect(await sendEvent({ maxDepth: 8 }, event)).toMatchObject({
      ...refused(400, "json_too_deep", "input_validation_fail: event, max_depth"),
      detail: "The request has more than 32 levels of JSON.",
    });
    expect(await sendEvent({ maxDepth: 50 }, event)).toMatchObject(accepted);
  });
});

/** Lists that AWS puts together, of any length. */
const LISTS: Readonly<Record<string, (entries: readonly object[]) => object>> = {
  "requests of an AppSync batch resolver": (entries) =>
    entries.map((entry) => ({ ...entry, info: { fieldName: "price", parentTypeName: "Order" } })),
  "messages of ActiveMQ": (messages) => ({ eventSource: "aws:mq", messages }),
  "messages of RabbitMQ": (messages) => ({
    eventSource: "aws:rmq",
    rmqMessagesByQueue: { "orders::/": messages.slice(1), "refunds::/": messages.slice(0, 1) },
  }),
  "changes of DocumentDB": (events) => ({ eventSource: "aws:docdb", events }),
};

describe.each(Object.entries(LISTS))("%s", (_name, listOf) => {
  it("pass by the thousand: the bound on keys is one on each", async () => {
    const event = listOf(Array(2000).fill(keyed(66)));
    expect(await deliver(event)).toEqual({ result: null, event, events: [] });
    expect(await deliver(event, { maxKeys: 10 })).toMatchObject({ events: [] });
  });

  it("are refused when one of them has too many keys, or a name that reaches a prototype", async () => {
    expect(await deliver(listOf([{}, keyed(10_001)]))).toEqual({
      failure: "The request has more than 10000 JSON keys.",
      events: ["input_validation_fail: event, max_keys"],
    });
    expect(await deliver(listOf([{}, { a: json('{"__proto__":1}') as object }]))).toMatchObject({
      events: ["input_validation_fail: event, forbidden_name"],
    });
  });

  it("are refused when there are too many", async () => {
    expect(await deliver(listOf([{}, {}]), { maxRecords: 1 })).toEqual({
      failure: "The request has more than 1 records.",
      events: ["input_validation_fail: event, max_records"],
    });
  });
});

it("refuses too many keys in a list that only claims to be of a service", async () => {
  for (const event of [
    { eventSource: "aws:mq", messages: keyed(10_001) },
    { eventSource: "aws:mine", messages: Array(2000).fill(keyed(6)) },
  ]) {
    expect(await deliver(event)).toMatchObject({
      events: ["input_validation_fail: event, max_keys"],
    });
  }
});

describe.each([
  [
    "a WebSocket",
    { requestContext: { connectionId: "c", eventType: "MESSAGE", routeKey: "$default" } },
    "isBase64Encoded",
  ],
  [
    "VPC Lattice",
    { path: "/", method: "POST", requestContext: { serviceNetworkArn: "arn" } },
    "isBase64Encoded",
  ],
  [
    "VPC Lattice in its first version",
    { raw_path: "/", method: "POST", headers: {} },
    "is_base64_encoded",
  ],
])("a message by %s", (_name, fields, flag) => {
  const send = (body: unknown, options?: PayloadGuardOptions) =>
    deliver({ ...fields, body }, options);
  const sendBase64 = (body: string, options?: PayloadGuardOptions) =>
    deliver({ ...fields, body: Buffer.from(body).toString("base64"), [flag]: true }, options);

  it("passes as text, as JSON, or not at all", async () => {
    for (const body of ["hello", '{"action":"join"}', "", null, undefined, 7]) {
      expect(await send(body)).toMatchObject({ result: null, events: [] });
    }
    expect(await sendBase64('{"action":"join"}')).toMatchObject({ result: null, events: [] });
  });

  it("is refused one byte too large", async () => {
    const tooLarge = {
      failure: "The request has more than 4 bytes of body.",
      events: ["input_validation_fail: body, max_bytes"],
    };
    expect(await send("éé", { maxBytes: 4 })).toMatchObject({ events: [] });
    expect(await send("ééa", { maxBytes: 4 })).toEqual(tooLarge);
    expect(await sendBase64("ééa", { maxBytes: 4 })).toEqual(tooLarge);
  });

  it("is refused too deep, before its handler parses it", async () => {
    for (const answer of [await send(nested(33)), await sendBase64(nested(33))]) {
      expect(answer).toEqual({
        failure: "The request has more than 32 levels of JSON.",
        events: ["input_validation_fail: body, max_depth"],
      });
    }
  });
});
