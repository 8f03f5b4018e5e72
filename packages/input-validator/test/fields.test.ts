import { HTTP_KINDS, httpEvent } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { problemsOf, send, sendEvent } from "./support.ts";

const any = z.any();

describe("the query", () => {
  const query = z.strictObject({
    limit: z.coerce.number().int().default(20),
    status: z.string().optional(),
  });

  it.each(HTTP_KINDS)("of %s reaches the handler decoded and typed", async (kind) => {
    const request = { path: "/orders?limit=5&status=to+b%C3%A9%26" };
    const { status, event } = await send({ query }, request, kind);
    expect(status).toBe(200);
    expect(event?.["queryStringParameters"]).toEqual({ limit: 5, status: "to bé&" });
  });

  it.each(HTTP_KINDS)("of %s that is absent is an empty object", async (kind) => {
    const { event } = await send({ query }, {}, kind);
    expect(event?.["queryStringParameters"]).toEqual({ limit: 20 });
  });

  it.each(HTTP_KINDS.filter((kind) => kind !== "alb"))(
    "of %s with a repeated parameter is refused where one is expected",
    async (kind) => {
      const answer = await send({ query }, { path: "/?status=paid&status=open" }, kind);
      expect(answer.status).toBe(422);
      expect(problemsOf(answer)).toEqual(["type at query#/status"]);
      expect(answer.events).toEqual(["input_validation_fail: query#/status"]);
      expect(answer.event).toBeUndefined();
    },
  );

  it("tells a comma from a repetition in format 2.0", async () => {
    const schema = z.strictObject({ a: z.string(), b: z.array(z.string()) });
    const { event } = await send({ query: schema }, { path: "/?a=1,2&b=1&b=2" });
    expect(event?.["queryStringParameters"]).toEqual({ a: "1,2", b: ["1", "2"] });
  });

  it("of an ALB is decoded before names are compared", async () => {
    const answer = await send({ query }, { path: "/?status=a&st%61tus=b" }, "alb");
    expect(problemsOf(answer)).toEqual(["type at query#/status"]);
  });

  it("is taken from the joined parameters when there is no raw query", async () => {
    const { rawQueryString: _, ...event } = httpEvent("api-gateway-http", { path: "/?limit=7" });
    const { event: got } = await sendEvent({ query }, event);
    expect(got?.["queryStringParameters"]).toEqual({ limit: 7 });
  });

  it("gives a parameter of repeatedQuery as an array, however often it is there", async () => {
    const options = {
      query: z.strictObject({ tag: z.array(z.string()).optional() }),
      repeatedQuery: ["tag"],
    };
    for (const [search, tag] of [
      ["?tag=a", { tag: ["a"] }],
      ["?tag=a&tag=b", { tag: ["a", "b"] }],
      ["", {}],
    ] as const) {
      const { event } = await send(options, { path: `/${search}` });
      expect(event?.["queryStringParameters"]).toEqual(tag);
    }
  });

  it.each(["api-gateway-http", "function-url", "alb", "alb-multi-value"] as const)(
    "of %s with a malformed percent-encoding is refused with 400",
    async (kind) => {
      for (const path of ["/?a=%", "/?a=%C3", "/?%zz=1"]) {
        const answer = await send({ query: any }, { path }, kind);
        expect(answer).toMatchObject({ status: 400, body: { code: "malformed_query" } });
        expect(answer.events).toEqual(["input_validation_fail: query"]);
      }
    },
  );

  it.each(HTTP_KINDS)(
    "of %s with a parameter called __proto__ is refused with 400",
    async (kind) => {
      const answer = await send({ query: any }, { path: "/?__proto__=1" }, kind);
      expect(answer).toMatchObject({ status: 400, body: { code: "forbidden_name" } });
      expect(answer.events).toEqual(["malicious_extraneous: query"]);
    },
  );

  it("with a parameter named like a method of objects is a parameter like any other", async () => {
    const schema = z.strictObject({ toString: z.string(), constructor: z.array(z.string()) });
    const path = "/?toString=a&constructor=b&constructor=c";
    const { event } = await send({ query: schema }, { path });
    expect(event?.["queryStringParameters"]).toEqual({ toString: "a", constructor: ["b", "c"] });
  });
});

describe("the path parameters", () => {
  const path = z.strictObject({ id: z.string().regex(/^\d+$/).transform(Number) });

  it("reach the handler typed, and are refused where they do not match", async () => {
    const request = { path: "/orders/12", route: "/orders/{id}" };
    const { event } = await send({ path }, request);
    expect(event?.["pathParameters"]).toEqual({ id: 12 });
    const attack = { path: "/orders/1%27%20OR%201=1", route: "/orders/{id}" };
    const answer = await send({ path }, attack, "api-gateway-rest");
    expect(answer.status).toBe(422);
    expect(problemsOf(answer)).toEqual(["format at path#/id"]);
    expect(JSON.stringify(answer.body)).not.toContain("OR 1");
  });

  it("are an empty object when there are none", async () => {
    const answer = await send({ path }, {}, "function-url");
    expect(problemsOf(answer)).toEqual(["required at path#/id"]);
  });
});

describe("the headers", () => {
  const headers = z.object({ "idempotency-key": z.string().max(8), "x-tag": any });

  it.each(HTTP_KINDS)("of %s are found whatever their case", async (kind) => {
    const request = { headers: { "Idempotency-KEY": "k1", "X-Tag": "t" } };
    const { event } = await send({ headers }, request, kind);
    expect(event?.["headers"]).toEqual({ "idempotency-key": "k1", "x-tag": "t" });
  });

  it.each(["api-gateway-rest", "alb-multi-value"] as const)(
    "of %s that are repeated are refused where one is expected",
    async (kind) => {
      const request = { headers: { "Idempotency-Key": ["a", "b"], "x-tag": ["a", "b"] } };
      const answer = await send({ headers }, request, kind);
      expect(problemsOf(answer)).toEqual(["type at headers#/idempotency-key"]);
    },
  );

  it("that differ in case only are one repeated header", async () => {
    const event = httpEvent("alb");
    const twice = { ...event, headers: { "X-Role": "user", "x-role": "admin" } };
    const { event: got } = await sendEvent({ headers: any }, twice);
    expect(got?.["headers"]).toEqual({ "x-role": ["user", "admin"] });
  });

  it("with one called __proto__ are refused with 400", async () => {
    const event = JSON.stringify(httpEvent("api-gateway-http", { headers: { "x-a": "1" } }));
    const answer = await sendEvent({ headers: any }, event.replace("x-a", "__PROTO__"));
    expect(answer).toMatchObject({ status: 400, body: { code: "forbidden_name" } });
  });
});

describe("all parts together", () => {
  it("report their problems in one answer: path, query, headers, body", async () => {
    const answer = await send(
      {
        body: z.object({ a: z.string() }),
        headers: z.object({ "x-id": z.string() }),
        query: z.object({ limit: z.coerce.number() }),
        path: z.object({ id: z.uuid() }),
      },
      {
        method: "POST",
        path: "/orders/1?limit=x",
        route: "/orders/{id}",
        body: { a: 1 },
      },
    );
    expect(answer.status).toBe(422);
    expect(problemsOf(answer)).toEqual([
      "format at path#/id",
      "type at query#/limit",
      "required at headers#/x-id",
      "type at #/a",
    ]);
    expect(answer.events).toEqual([
      "input_validation_fail: path#/id query#/limit headers#/x-id #/a",
    ]);
  });

  it("tell at most 20 problems in all", async () => {
    const numbers = z.object({ n: z.array(z.number()) });
    const search = Array.from({ length: 15 }, () => "n=x").join("&");
    const answer = await send(
      { query: numbers, body: numbers },
      { method: "POST", path: `/?${search}`, body: { n: Array.from({ length: 15 }, () => "x") } },
    );
    expect(problemsOf(answer)).toHaveLength(20);
    expect(problemsOf(answer)[19]).toBe("type at #/n/4");
  });

  it("are refused for a malformed one whatever the schemas say of the others", async () => {
    const options = { query: z.object({ limit: z.string() }), body: any };
    const answer = await send(options, { method: "POST", body: "{" });
    expect(answer).toMatchObject({ status: 400, body: { code: "malformed_json" } });
  });
});
