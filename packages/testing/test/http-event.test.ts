import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { eventSourceOf, invocationOf } from "@middy-hardening/core";
import { describe, expect, it } from "vitest";
import { HTTP_KINDS, type HttpKind, httpEvent, lambdaContext } from "../src/index.ts";

type Json = Record<string, unknown>;

/** As the handler gets it. */
const eventOf = (...[kind, request]: Parameters<typeof httpEvent>): Json =>
  JSON.parse(JSON.stringify(httpEvent(kind, request)));

const samplesFolder = fileURLToPath(new URL("../../../../shared/events/", import.meta.url));
const hasSamples = existsSync(samplesFolder);

describe.skipIf(!hasSamples)(
  `against real samples${hasSamples ? "" : " (skipped: ../shared/events is not there)"}`,
  () => {
    const sampleOf = (file: string): Json =>
      JSON.parse(readFileSync(samplesFolder + file, "utf8")) as Json;
    const keysOf = (value: unknown): string[] => Object.keys(value as object).toSorted();

    it.each<[HttpKind, string, Parameters<typeof httpEvent>[1]]>([
      [
        "api-gateway-rest",
        "apigw-rest/no-auth.json",
        { method: "POST", route: "/no-auth", path: "/no-auth" },
      ],
      [
        "api-gateway-http",
        "apigw-http/no-auth.json",
        { method: "POST", route: "/lambda", path: "/lambda" },
      ],
      ["function-url", "lambda/get-request.json", {}],
      ["alb", "alb/base.json", { path: "/lambda?query=1234ABCD", body: "Test" }],
      ["alb-multi-value", "alb/multi-fields.json", { path: "/lambda", body: "Test" }],
    ])("%s has the members of %s, and null where that has null", (kind, file, request) => {
      const sample = sampleOf(file);
      const event = eventOf(kind, request);
      expect(keysOf(event)).toEqual(keysOf(sample));
      for (const [name, value] of Object.entries(sample)) {
        expect([name, event[name] === null, typeof event[name]]).toEqual([
          name,
          value === null,
          typeof value,
        ]);
      }
      const ours = event.requestContext as Json;
      const theirs = sample.requestContext as Json;
      expect(keysOf(ours)).toEqual(keysOf(theirs).filter((name) => name !== "authorizer"));
      for (const part of ["http", "elb"]) {
        if (part in theirs) expect(keysOf(ours[part])).toEqual(keysOf(theirs[part]));
      }
      if ("identity" in theirs) {
        expect(keysOf(ours.identity)).toEqual(expect.arrayContaining(keysOf(theirs.identity)));
      }
    });

    it("writes the query and cookies as the sample of a function URL has them", () => {
      const sample = sampleOf("lambda/iam-auth.json");
      const event = eventOf("function-url", {
        method: "POST",
        path: `${sample.rawPath}?${sample.rawQueryString}`,
        headers: { Cookie: "cookie1; cookie2", Header1: "value1", Header2: ["value1", "value2"] },
        body: sample.body as string,
      });
      for (const name of [
        "rawPath",
        "rawQueryString",
        "queryStringParameters",
        "cookies",
        "body",
      ]) {
        expect(event[name]).toEqual(sample[name]);
      }
      expect(event.headers).toMatchObject(sample.headers as Json);
      expect(event.headers).not.toHaveProperty("cookie");
    });

    it("writes times as the gateway does", () => {
      const pattern = /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/;
      const context = (event: Json): Json => event.requestContext as Json;
      expect(context(sampleOf("apigw-http/no-auth.json")).time).toMatch(pattern);
      expect(context(eventOf("api-gateway-http")).time).toMatch(pattern);
      expect(context(eventOf("api-gateway-rest")).requestTime).toMatch(pattern);
    });
  },
);

describe.each(HTTP_KINDS)("%s", (kind) => {
  it("is known by its form for what it is, with the request that was sent", () => {
    const event = httpEvent(kind, {
      method: "PUT",
      path: "/orders/1?a=b",
      headers: { "User-Agent": "curl/8" },
      sourceIp: "198.51.100.9",
    });
    expect(eventSourceOf(event)).toBe(kind === "alb-multi-value" ? "alb" : kind);
    expect(invocationOf({ event, context: lambdaContext() }).http).toEqual({
      method: "PUT",
      path: "/orders/1",
      sourceIp: "198.51.100.9",
      userAgent: "curl/8",
      hasMultiValueHeaders: kind === "api-gateway-rest" || kind === "alb-multi-value",
    });
  });

  it("carries text as text, bytes as base64 and an object as JSON", () => {
    expect(eventOf(kind, { body: "Zoë" })).toMatchObject({ body: "Zoë", isBase64Encoded: false });
    expect(eventOf(kind, { body: new Uint8Array([0, 255]) })).toMatchObject({
      body: "AP8=",
      isBase64Encoded: true,
    });
    expect(eventOf(kind, { body: { id: 1 } })).toMatchObject({
      body: '{"id":1}',
      isBase64Encoded: false,
    });
    expect(eventOf(kind, { body: "" }).body).toBe("");
  });

  it("keeps parameters apart that are called like what objects inherit", () => {
    const event = eventOf(kind, {
      path: "/?__proto__=1&constructor=2",
      headers: JSON.parse('{"__proto__":"3"}'),
    });
    const query = (event.queryStringParameters ?? event.multiValueQueryStringParameters) as Json;
    expect(Object.keys(query)).toEqual(["__proto__", "constructor"]);
    expect(Object.keys((event.headers ?? event.multiValueHeaders) as Json)).toContain("__proto__");
  });

  it("has no content type without a body, one for a body, and the caller's own before all", () => {
    const typesOf = (request: Parameters<typeof httpEvent>[1]): string =>
      JSON.stringify(eventOf(kind, request)).match(/content-type":\[?"[^"]*/gi)?.[0] ?? "";
    expect(typesOf({})).toBe("");
    expect(typesOf({ body: {} })).toMatch(/"application\/json$/);
    expect(typesOf({ body: {}, headers: { "content-TYPE": "a/b" } })).toMatch(/"a\/b$/);
    expect(typesOf({ body: {}, headers: { "content-type": [] } })).toBe("");
  });
});

const repeated = {
  path: "/a%20b?tag=x%2Fy&tag=z&q=%ff&empty&n=1+1",
  headers: { "X-Tag": ["one", "two"], "x-tag": "three", Cookie: ["a=1; b=2", "c=3;d=4"] },
};

describe("what each integration makes of repeated and encoded values", () => {
  it("REST API: the client's spelling, last values and all values, decoded", () => {
    const event = eventOf("api-gateway-rest", repeated);
    expect(event.headers).toMatchObject({ "X-Tag": "two", "x-tag": "three" });
    expect(event.multiValueHeaders).toMatchObject({ "X-Tag": ["one", "two"], "x-tag": ["three"] });
    expect(event.queryStringParameters).toEqual({ tag: "z", q: "\ufffd", empty: "", n: "1 1" });
    expect(event.multiValueQueryStringParameters).toMatchObject({ tag: ["x/y", "z"] });
  });

  it.each(["api-gateway-http", "function-url"] as const)(
    "%s: lower case, values joined, decoded, cookies apart",
    (kind) => {
      const event = eventOf(kind, repeated);
      expect(event.headers).toMatchObject({ "x-tag": "one,two,three" });
      expect(event.cookies).toEqual(["a=1", "b=2", "c=3", "d=4"]);
      expect(event.queryStringParameters).toEqual({
        tag: "x/y,z",
        q: "\ufffd",
        empty: "",
        n: "1 1",
      });
      expect(event.rawQueryString).toBe("tag=x%2Fy&tag=z&q=%ff&empty&n=1+1");
    },
  );

  it("ALB: lower case, the last value, not decoded", () => {
    const event = eventOf("alb", repeated);
    expect(event.headers).toMatchObject({ "x-tag": "three", cookie: "c=3;d=4" });
    expect(event.queryStringParameters).toEqual({ tag: "z", q: "%ff", empty: "", n: "1+1" });
  });

  it("ALB with multi-value headers: lower case, all values, not decoded", () => {
    const event = eventOf("alb-multi-value", repeated);
    expect(event.multiValueHeaders).toMatchObject({ "x-tag": ["one", "two", "three"] });
    expect(event.multiValueQueryStringParameters).toMatchObject({ tag: ["x%2Fy", "z"] });
  });

  it("none of them: an absent query is null, absent or an empty object", () => {
    const queries = HTTP_KINDS.map((kind) => {
      const { queryStringParameters, multiValueQueryStringParameters } = eventOf(kind);
      return [queryStringParameters, multiValueQueryStringParameters];
    });
    expect(queries).toEqual([
      [null, null],
      [undefined, undefined],
      [undefined, undefined],
      [{}, undefined],
      [undefined, {}],
    ]);
  });
});

describe("routes", () => {
  it("give the parameters of the path, decoded", () => {
    const request = { route: "/orders/{id}/lines/{line}", path: "/orders/a%2Fb/lines/%ff?x=1" };
    const pathParameters = { id: "a/b", line: "%ff" };
    expect(eventOf("api-gateway-rest", request)).toMatchObject({
      resource: request.route,
      pathParameters,
    });
    expect(eventOf("api-gateway-http", request)).toMatchObject({
      routeKey: `GET ${request.route}`,
      pathParameters,
    });
    expect(eventOf("function-url", request)).not.toHaveProperty("pathParameters");
  });

  it.each([
    ["has no parameters", { route: "/orders", path: "/orders" }],
    ["does not match", { route: "/orders/{id}", path: "/customers/1" }],
    ["is longer than the path", { route: "/orders/{id}", path: "/orders" }],
    ["has a parameter where the path has nothing", { route: "/orders/{id}", path: "/orders/" }],
  ])("give none when the route %s", (_title, request) => {
    expect(eventOf("api-gateway-rest", request).pathParameters).toBeNull();
    expect(eventOf("api-gateway-http", request)).not.toHaveProperty("pathParameters");
  });

  it("are the root or a greedy proxy of a REST API without one", () => {
    expect(eventOf("api-gateway-rest", { path: "/" })).toMatchObject({
      resource: "/",
      pathParameters: null,
    });
    expect(eventOf("api-gateway-rest", { path: "/a/b" })).toMatchObject({
      resource: "/{proxy+}",
      pathParameters: { proxy: "a/b" },
    });
  });
});

it("leaves the user agent out when the client sent none", () => {
  const event = eventOf("api-gateway-http", { headers: { "user-agent": [] } });
  expect(event).toMatchObject({ requestContext: { http: { userAgent: "" } } });
});
