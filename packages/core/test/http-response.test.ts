import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import type { Request } from "@middy/core";
import { describe, expect, it } from "vitest";
import {
  addHeader,
  deleteHeader,
  getHeader,
  headerNames,
  ownResponse,
  setHeader,
} from "../src/index.ts";

const EVENTS = {
  rest: { httpMethod: "GET", path: "/", requestContext: { stage: "prod" }, multiValueHeaders: {} },
  http: { version: "2.0", rawPath: "/", requestContext: { http: { method: "GET" } } },
  url: {
    version: "2.0",
    rawPath: "/",
    requestContext: { http: { method: "GET" }, domainName: "x.lambda-url.eu-west-1.on.aws" },
  },
  alb: {
    httpMethod: "GET",
    path: "/",
    headers: {},
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:x" } },
  },
  albMulti: {
    httpMethod: "GET",
    path: "/",
    multiValueHeaders: {},
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:x" } },
  },
  sqs: { Records: [{ eventSource: "aws:sqs", body: "" }] },
};
type Kind = keyof typeof EVENTS;

const request = (kind: Kind, response: unknown): Request =>
  ({ event: EVENTS[kind], context: {}, response, error: undefined, internal: {} }) as never;

const own = (kind: Kind, response: unknown) => ownResponse(request(kind, response));

describe("ownResponse", () => {
  it("copies a frozen response once and puts the copy in its place", () => {
    const handlers = Object.freeze({
      statusCode: 200,
      headers: Object.freeze({ a: "1" }),
      body: "x",
    });
    const one = request("http", handlers);
    const response = ownResponse(one);
    expect(response).toEqual(handlers);
    expect(one.response).toBe(response);
    expect(ownResponse(one)).toBe(response);
    setHeader(response as never, "b", "2");
    expect(handlers.headers).toEqual({ a: "1" });
  });

  it("keeps invocations apart that are answered with the same object", () => {
    const shared = { statusCode: 200, headers: {}, multiValueHeaders: { a: ["1"] } };
    const first = own("rest", shared);
    setHeader(first as never, "access-control-allow-origin", "https://one.example");
    expect(own("rest", shared)).toEqual(shared);
    // A cache further out that hands one invocation's copy to the next one.
    const second = own("rest", first);
    expect(second).not.toBe(first);
    deleteHeader(second as never, "access-control-allow-origin");
    expect(getHeader(first as never, "access-control-allow-origin")).toBe("https://one.example");
  });

  it("copies again when a middleware has put another response in place", () => {
    const one = request("http", { statusCode: 200 });
    const first = ownResponse(one);
    one.response = { statusCode: 201 };
    expect(ownResponse(one)).toEqual({ statusCode: 201, headers: {} });
    expect(one.response).not.toBe(first);
  });

  it.each([
    ["no HTTP trigger", "sqs", { statusCode: 200 }],
    ["null of an ALB", "alb", null],
    ["a stream, which the runtime writes", "http", Readable.from(["x"])],
    ["a web stream", "http", new ReadableStream()],
    ["a stream as its body, without a status", "http", { body: Readable.from(["x"]) }],
    ["a web stream as its body, without a status", "http", { body: new ReadableStream() }],
    ["no response of a REST API", "rest", undefined],
    ["a REST result without a status", "rest", { body: "x" }],
    ["an ALB result that is text", "alb", "hello"],
    ["a status that is no number", "http", { statusCode: "OK" }],
    ["a status of null", "rest", { statusCode: null }],
    ["a status that is not whole", "rest", { statusCode: 200.5 }],
    ["a status in a list", "rest", { statusCode: [200] }],
    ["a list", "rest", []],
  ] as const)("is undefined for %s", (_title, kind, response) => {
    const one = request(kind, response);
    expect(ownResponse(one)).toBeUndefined();
    expect(one.response).toBe(response);
  });

  it("has nothing but what the integrations read, no toJSON of the handler's least of all", () => {
    const response = own("alb", {
      statusCode: 200,
      statusDescription: "200 OK",
      body: "x",
      isBase64Encoded: false,
      cookies: ["a=1"],
      debug: { password: "x" },
      toJSON: () => ({ statusCode: 200, body: "another one" }),
    });
    expect(JSON.parse(JSON.stringify(response))).toEqual({
      statusCode: 200,
      statusDescription: "200 OK",
      headers: {},
      body: "x",
      isBase64Encoded: false,
      cookies: ["a=1"],
    });
  });

  it("takes a status that is written as text, which the gateways accept, for what it is", () => {
    expect(own("rest", { statusCode: "404", body: "x" })).toEqual({
      statusCode: 404,
      headers: {},
      body: "x",
    });
  });

  it("lets the error of a hostile response out, so that the invocation fails", () => {
    const hostile = {
      get statusCode(): number {
        throw new Error("no");
      },
    };
    expect(() => own("http", hostile)).toThrow("no");
  });

  describe("short form of payload format 2.0", () => {
    const json = { statusCode: 200, headers: { "content-type": "application/json" } };
    it.each([
      [{ id: 1 }, { ...json, body: '{"id":1}' }],
      [[1, 2], { ...json, body: "[1,2]" }],
      ["hello", { ...json, body: "hello" }],
      [0, { ...json, body: "0" }],
      [null, { ...json, body: "null" }],
      [undefined, { ...json, body: "null" }],
      // JSON leaves the member out, so the gateway sees none.
      [
        { statusCode: undefined, id: 1 },
        { ...json, body: '{"id":1}' },
      ],
    ])("stands for a response: %j", (result, response) => {
      expect(own("http", result)).toEqual(response);
      expect(own("url", result)).toEqual(response);
    });

    it("is not made of an error that nobody has answered yet", () => {
      const failed = { ...request("http", undefined), error: new Error("boom") };
      expect(ownResponse(failed)).toBeUndefined();
      expect(failed.response).toBeUndefined();
    });

    it("fails for what has no JSON", () => {
      expect(() => own("http", { id: 1n })).toThrow(TypeError);
    });
  });

  describe("header maps", () => {
    it.each<[string, Kind, object, object]>([
      ["an HTTP API gets headers", "http", {}, { headers: {} }],
      [
        "an HTTP API, which reads no multi-value headers, gets them joined",
        "http",
        { headers: { b: "3" }, multiValueHeaders: { a: ["1", "2"], b: ["x"] } },
        { headers: { a: "1, 2", b: "3" } },
      ],
      [
        "an HTTP API gets cookies apart, since they cannot be joined",
        "http",
        { multiValueHeaders: { "Set-Cookie": ["a=1; HttpOnly", "b=2"] }, cookies: ["c=3"] },
        { headers: {}, cookies: ["c=3", "a=1; HttpOnly", "b=2"] },
      ],
      [
        "an HTTP API gets cookies even where the handler has none but an object in their place",
        "http",
        { multiValueHeaders: { "set-cookie": ["a=1"] }, cookies: {} },
        { headers: {}, cookies: ["a=1"] },
      ],
      [
        "a function URL gets a single cookie apart too",
        "url",
        { multiValueHeaders: { "set-cookie": "a=1" } },
        { headers: {}, cookies: ["a=1"] },
      ],
      [
        "an ALB without multi-value headers gets the last cookie, as it can carry one only",
        "alb",
        { multiValueHeaders: { "set-cookie": ["a=1", "b=2"] } },
        { headers: { "set-cookie": "b=2" } },
      ],
      [
        "an ALB without multi-value headers keeps the cookie of its own header",
        "alb",
        { headers: { "set-cookie": "c=3" }, multiValueHeaders: { "set-cookie": ["a=1"] } },
        { headers: { "set-cookie": "c=3" } },
      ],
      [
        "an ALB without multi-value headers gets them joined",
        "alb",
        { headers: { b: 3 }, multiValueHeaders: { a: ["1", "2"] } },
        { headers: { a: "1, 2", b: 3 } },
      ],
      [
        "an ALB with multi-value headers gets lists",
        "albMulti",
        { headers: { a: "1", b: "2" }, multiValueHeaders: { b: ["3", "4"] } },
        { multiValueHeaders: { a: ["1"], b: ["3", "4"] } },
      ],
      [
        "an ALB with multi-value headers gets a list of none",
        "albMulti",
        {},
        { multiValueHeaders: {} },
      ],
      [
        "a REST API keeps both",
        "rest",
        { headers: { a: "1" }, multiValueHeaders: { b: ["2"] } },
        { headers: { a: "1" }, multiValueHeaders: { b: ["2"] } },
      ],
      [
        "a REST API with lists alone",
        "rest",
        { multiValueHeaders: { b: ["2"] } },
        { headers: {}, multiValueHeaders: { b: ["2"] } },
      ],
      ["headers of null", "http", { headers: null, multiValueHeaders: null }, { headers: {} }],
      [
        "headers in a list",
        "rest",
        { headers: ["a: 1"], multiValueHeaders: ["b"] },
        { headers: {} },
      ],
      ["headers in a text", "rest", { headers: "a: 1", multiValueHeaders: "b" }, { headers: {} }],
      [
        "a text where a list should be",
        "rest",
        { multiValueHeaders: { b: "2" } },
        { headers: {}, multiValueHeaders: { b: ["2"] } },
      ],
      [
        "a text where a list should be, joined",
        "alb",
        { multiValueHeaders: { b: "2" } },
        { headers: { b: "2" } },
      ],
      [
        "a header that is called like what objects inherit",
        "albMulti",
        { headers: JSON.parse('{"constructor":"1","__proto__":"2"}') },
        { multiValueHeaders: JSON.parse('{"constructor":["1"],"__proto__":["2"]}') },
      ],
    ])("%s", (_title, kind, given, arranged) => {
      const response = own(kind, { statusCode: 200, ...given });
      expect(response).toEqual({ statusCode: 200, ...arranged });
      expect(Object.keys(response ?? {}).toSorted()).toEqual(
        ["statusCode", ...Object.keys(arranged)].toSorted(),
      );
    });
  });
});

describe("headers of a response", () => {
  const both = () => ({
    statusCode: 200,
    headers: { "X-A": "1", Count: 2 },
    multiValueHeaders: { "X-B": ["3", "4"], "x-a": ["5"] },
  });

  it("are listed as they are written", () => {
    expect(headerNames(both())).toEqual(["X-A", "Count", "X-B", "x-a"]);
    expect(headerNames({ statusCode: 200 })).toEqual([]);
  });

  it("are read without case, the list first, as a REST API does", () => {
    expect(getHeader(both(), "x-a")).toBe("5");
    expect(getHeader(both(), "x-b")).toBe("3, 4");
    expect(getHeader(both(), "count")).toBe("2");
    expect(getHeader(both(), "x-c")).toBeUndefined();
    expect(getHeader({ statusCode: 200 }, "x-a")).toBeUndefined();
  });

  it("are set in place of every other spelling", () => {
    const response = both();
    setHeader(response, "x-a", "new");
    expect(response.headers).toEqual({ Count: 2, "x-a": "new" });
    expect(response.multiValueHeaders).toEqual({ "X-B": ["3", "4"] });
  });

  it("are taken away in every spelling", () => {
    const response = both();
    deleteHeader(response, "x-a");
    deleteHeader(response, "x-none");
    expect(headerNames(response)).toEqual(["Count", "X-B"]);
  });

  it("are added to the map that the response has", () => {
    const multi = { statusCode: 200, multiValueHeaders: {} };
    addHeader(multi, "a", "1");
    expect(multi.multiValueHeaders).toEqual({ a: ["1"] });
    const none = { statusCode: 200 };
    addHeader(none, "a", "1");
    expect(none).toEqual({ statusCode: 200, multiValueHeaders: { a: ["1"] } });
  });
});
