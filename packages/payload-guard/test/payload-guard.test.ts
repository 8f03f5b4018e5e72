/** The request as a whole: method, URL, headers, and the bytes and the type of the body. */
import { HTTP_KINDS, type HttpKind, httpEvent } from "@middy-hardening/testing";
import { describe, expect, it } from "vitest";
import payloadGuardByDefault, { type PayloadGuardOptions, payloadGuard } from "../src/index.ts";
import { accepted, post, refused, send, sendEvent } from "./support.ts";

describe("an honest request", () => {
  it.each(HTTP_KINDS)("reaches the handler as it was sent, with %s", async (kind) => {
    const request = {
      method: "POST",
      path: "/orders?status=open&status=new&limit=10",
      headers: { "Content-Type": "application/json; charset=utf-8", Cookie: "a=1; b=2" },
      body: { name: "Žofie 日本 🎉", items: [{ sku: "A-1", quantity: 2 }] },
    };
    const event = httpEvent(kind, request);
    const answer = await sendEvent({}, event);

    expect(answer).toMatchObject(accepted);
    expect(answer.event).toEqual(JSON.parse(JSON.stringify(event)));
  });

  it.each(HTTP_KINDS)("without a body needs no content type, with %s", async (kind) => {
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      expect(await send({}, { method }, kind)).toMatchObject(accepted);
    }
  });

  it("may have no headers, no query and no body at all, as a console test sends it", async () => {
    const event = httpEvent("api-gateway-rest");
    const bare = { ...event, headers: null, multiValueHeaders: null, body: null };
    expect(await sendEvent({}, bare)).toMatchObject(accepted);
  });
});

describe("the method", () => {
  const notAllowed = refused(405, "method_not_allowed", "input_validation_discrete_fail: method");

  it.each(HTTP_KINDS)("is refused when it is none of the usual ones, with %s", async (kind) => {
    for (const method of ["TRACE", "CONNECT", "PROPFIND", "get", "GET ", "__proto__"]) {
      expect(await send({}, { method }, kind)).toMatchObject({
        ...notAllowed,
        headers: { allow: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" },
      });
    }
  });

  it("is one of those that the options name", async () => {
    const options = { methods: ["GET", "PURGE"] };
    expect(await send(options, { method: "PURGE" })).toMatchObject(accepted);
    expect(await send(options, { method: "POST" })).toMatchObject({
      ...notAllowed,
      headers: { allow: "GET, PURGE" },
    });
  });

  it("is read where the integration writes it, not where a made-up event has another", async () => {
    const rest = httpEvent("api-gateway-rest", { method: "TRACE" });
    const lying = { ...rest, requestContext: { ...rest.requestContext, http: { method: "GET" } } };
    expect(await sendEvent({}, lying)).toMatchObject(notAllowed);
    const format2 = httpEvent("api-gateway-http", { method: "TRACE" });
    expect(await sendEvent({}, { ...format2, httpMethod: "GET" })).toMatchObject(notAllowed);
  });
});

describe("the URL", () => {
  const tooLong = refused(414, "url_too_long", "input_validation_fail: url, max_url_bytes");
  const tooMany = refused(
    400,
    "too_many_query_parameters",
    "input_validation_fail: query, max_query_parameters",
  );
  const query = (count: number): string => `/?${new Array(count).fill("a=1").join("&")}`;

  it.each(HTTP_KINDS)("is refused when it is too long, with %s", async (kind) => {
    expect(await send({}, { path: `/${"a".repeat(8_191)}` }, kind)).toMatchObject(accepted);
    expect(await send({}, { path: `/${"a".repeat(8_192)}` }, kind)).toMatchObject({
      ...tooLong,
      detail: "The request has more than 8192 bytes of URL.",
    });
    expect(await send({}, { path: `/?q=${"a".repeat(8_192)}` }, kind)).toMatchObject(tooLong);
  });

  it("is measured in bytes where it is not encoded", async () => {
    const event = httpEvent("api-gateway-rest");
    const path = (length: number) => ({ ...event, path: `/${"€".repeat(length)}` });
    expect(await sendEvent({}, path(2_730))).toMatchObject(accepted);
    expect(await sendEvent({}, path(2_731))).toMatchObject(tooLong);
  });

  it("counts with its query to the byte", async () => {
    const path = "/orders?a=1&b=22";
    expect(await send({ maxUrlBytes: path.length }, { path })).toMatchObject(accepted);
    expect(await send({ maxUrlBytes: path.length - 1 }, { path })).toMatchObject(tooLong);
  });

  it.each(HTTP_KINDS)("has 100 query parameters at most, with %s", async (kind) => {
    const names = Array.from({ length: 101 }, (_, index) => `p${index}=1`);
    expect(await send({}, { path: `/?${names.slice(1).join("&")}` }, kind)).toMatchObject(accepted);
    expect(await send({}, { path: `/?${names.join("&")}` }, kind)).toMatchObject({
      ...tooMany,
      detail: "The request has more than 100 query parameters.",
    });
  });

  it.each(["api-gateway-rest", "api-gateway-http", "alb-multi-value"] as const)(
    "counts a parameter each time it is repeated, with %s",
    async (kind) => {
      expect(await send({}, { path: query(100) }, kind)).toMatchObject(accepted);
      expect(await send({}, { path: query(101) }, kind)).toMatchObject(tooMany);
    },
  );

  it("counts empty parameters, which some readers see", async () => {
    expect(await send({}, { path: `/?${"&".repeat(200)}` })).toMatchObject(tooMany);
  });

  it("may not have a query at all when the options say so", async () => {
    const options = { maxQueryParameters: 0 };
    expect(await send(options, { path: "/orders" })).toMatchObject(accepted);
    expect(await send(options, { path: "/orders?a" })).toMatchObject(tooMany);
  });
});

describe("the headers", () => {
  const tooLarge = refused(
    431,
    "headers_too_large",
    "input_validation_fail: headers, max_header_bytes",
  );
  const tooMany = refused(431, "too_many_headers", "input_validation_fail: headers, max_headers");
  const headers = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, ""]));

  it.each(HTTP_KINDS)("are refused when they are too many, with %s", async (kind) => {
    expect(await send({}, { headers: headers(90) }, kind)).toMatchObject(accepted);
    expect(await send({}, { headers: headers(101) }, kind)).toMatchObject({
      ...tooMany,
      detail: "The request has more than 100 headers.",
    });
  });

  it.each(["api-gateway-rest", "alb-multi-value"] as const)(
    "count each time they are repeated, with %s",
    async (kind) => {
      expect(await send({}, { headers: { "x-a": new Array(101).fill("1") } }, kind)).toMatchObject(
        tooMany,
      );
    },
  );

  it.each(HTTP_KINDS)("are refused when they are too large, with %s", async (kind) => {
    const large = (length: number) => ({ headers: { "x-large": "x".repeat(length) } });
    expect(await send({}, large(16_000), kind)).toMatchObject(accepted);
    expect(await send({}, large(16_384), kind)).toMatchObject({
      ...tooLarge,
      detail: "The request has more than 16384 bytes of headers.",
    });
    const name = { headers: { [`x-${"n".repeat(16_384)}`]: "1" } };
    expect(await send({}, name, kind)).toMatchObject(tooLarge);
  });

  it("are measured in bytes", async () => {
    const event = { ...httpEvent("api-gateway-http"), headers: { a: "€€€" } };
    expect(await sendEvent({ maxHeaderBytes: 10 }, event)).toMatchObject(accepted);
    expect(await sendEvent({ maxHeaderBytes: 9 }, event)).toMatchObject(tooLarge);
  });

  it("count with the cookies that payload format 2.0 has apart", async () => {
    const many = Array.from({ length: 101 }, (_, index) => `c${index}=1`).join("; ");
    expect(await send({}, { headers: { Cookie: many } })).toMatchObject(tooMany);
    expect(await send({}, { headers: { Cookie: `c=${"x".repeat(17_000)}` } })).toMatchObject(
      tooLarge,
    );
  });

  it("count when they have no value", async () => {
    const event = httpEvent("api-gateway-rest");
    const empty = Object.fromEntries(Object.keys(headers(101)).map((name) => [name, []]));
    expect(await sendEvent({}, { ...event, multiValueHeaders: empty })).toMatchObject(tooMany);
  });

  it("are measured in each form, whichever the handler reads", async () => {
    const event = { ...httpEvent("api-gateway-rest"), multiValueHeaders: {} };
    expect(await sendEvent({}, { ...event, headers: headers(101) })).toMatchObject(tooMany);
  });
});

describe("the size of the body", () => {
  const tooLarge = refused(413, "body_too_large", "input_validation_fail: body, max_bytes");
  const any = { contentTypes: "any" } as const;

  it.each(HTTP_KINDS)("may be 1 MiB and not a byte more, with %s", async (kind) => {
    const options: PayloadGuardOptions = { maxStringLength: Infinity };
    for (const body of ["x".repeat(1_048_574), "é".repeat(524_287)]) {
      const text = `"${body}"`;
      expect(await post(text, options, {}, kind)).toMatchObject(accepted);
      expect(await post(`${text} `, options, {}, kind)).toMatchObject({
        ...tooLarge,
        detail: "The request has more than 1048576 bytes of body.",
      });
      expect(await post(Buffer.from(text), options, {}, kind)).toMatchObject(accepted);
      expect(await post(Buffer.from(`${text} `), options, {}, kind)).toMatchObject(tooLarge);
    }
  });

  it("is told from the length of base64, whatever its padding", async () => {
    for (const length of [8, 9, 10, 11]) {
      const body = Buffer.alloc(length, 1);
      expect(await post(body, { ...any, maxBytes: length })).toMatchObject(accepted);
      expect(await post(body, { ...any, maxBytes: length - 1 })).toMatchObject(tooLarge);
    }
  });

  it("may be nothing at all", async () => {
    expect(await post(undefined, { maxBytes: 0 })).toMatchObject(accepted);
    expect(await post("1", { maxBytes: 0 })).toMatchObject(tooLarge);
  });

  it("has no bound when the options say so", async () => {
    const text = `"${"x".repeat(3_000_000)}"`;
    expect(await post(text, { maxBytes: Infinity, maxStringLength: Infinity })).toMatchObject(
      accepted,
    );
  });
});

describe("the type of the body", () => {
  const unsupported = refused(
    415,
    "unsupported_media_type",
    "input_validation_discrete_fail: content_type",
  );
  const typed = (type: string | string[], options = {}, kind?: HttpKind) =>
    post("{}", options, { "Content-Type": type }, kind);

  it("is JSON unless the options say otherwise", async () => {
    for (const type of [
      "application/json",
      "Application/JSON; charset=utf-8",
      "application/problem+json",
      "application/vnd.api+json",
    ]) {
      expect(await typed(type)).toMatchObject(accepted);
    }
  });

  it.each(HTTP_KINDS)("is refused when it is missing or another, with %s", async (kind) => {
    for (const type of [
      [],
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/jsonp",
      "text/html, application/json",
      "application/json, text/html",
      "json",
    ]) {
      expect(await typed(type, {}, kind)).toMatchObject(unsupported);
    }
  });

  it.each(["api-gateway-rest", "alb-multi-value"] as const)(
    "is refused when two are given, of which each reader may take another, with %s",
    async (kind) => {
      expect(await typed(["application/json", "text/plain"], {}, kind)).toMatchObject(unsupported);
    },
  );

  it("may be one of a list, of a kind, or with a suffix", async () => {
    const options = { contentTypes: ["Text/CSV", "image/*", "+xml"] };
    for (const type of ["text/csv", "image/png", "IMAGE/svg+xml", "application/atom+xml"]) {
      expect(await typed(type, options)).toMatchObject(accepted);
    }
    for (const type of [
      "application/json",
      "text/html",
      "images/png",
      "image",
      "application/xml",
    ]) {
      expect(await typed(type, options)).toMatchObject(unsupported);
    }
  });

  it("may be any or none when the options say so", async () => {
    for (const type of ["text/plain", [], ["a/b", "c/d"]]) {
      expect(await typed(type, { contentTypes: "any" })).toMatchObject(accepted);
    }
  });
});

describe("JSON that is not what it says", () => {
  it("is refused when it is not base64", async () => {
    const event = httpEvent("api-gateway-http", { method: "POST", body: Buffer.from("{}") });
    for (const body of ["e30", "e30=!", "{}", "e3 0="]) {
      expect(await sendEvent({}, { ...event, body })).toMatchObject(
        refused(400, "invalid_base64", "input_validation_fail: body, encoding"),
      );
    }
  });

  it("is refused when it is not UTF-8", async () => {
    expect(await post(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject(
      refused(400, "invalid_encoding", "input_validation_fail: body, encoding"),
    );
  });
});

describe("an event that no integration sends", () => {
  const invalid = (part: string): object =>
    refused(400, `invalid_${part}`, `input_validation_fail: ${part}, type`);
  const event = httpEvent("api-gateway-http", { method: "POST", body: {} });

  it("is refused when its body is no text", async () => {
    for (const body of [0, 1, true, false, [], {}, ["x"], { length: 1 }]) {
      expect(await sendEvent({}, { ...event, body })).toMatchObject(invalid("body"));
    }
  });

  it("is refused when one reader may take its body for base64 and another for text", async () => {
    for (const isBase64Encoded of ["true", "false", 1, 0, {}, []]) {
      expect(await sendEvent({}, { ...event, isBase64Encoded })).toMatchObject(invalid("body"));
    }
    expect(await sendEvent({}, { ...event, isBase64Encoded: null })).toMatchObject(accepted);
  });

  it("is refused when its headers are not names with texts", async () => {
    for (const headers of [
      "text",
      1,
      true,
      ["a"],
      { a: 1 },
      { a: {} },
      { a: [1] },
      { a: [["x"]] },
    ]) {
      expect(await sendEvent({}, { ...event, headers })).toMatchObject(invalid("headers"));
      expect(await sendEvent({}, { ...event, multiValueHeaders: headers })).toMatchObject(
        invalid("headers"),
      );
    }
    for (const cookies of [1, true, {}, [1]]) {
      expect(await sendEvent({}, { ...event, cookies })).toMatchObject(invalid("headers"));
    }
  });

  it("is refused when its query is neither a text nor names with texts", async () => {
    for (const rawQueryString of [1, true, {}, [1]]) {
      expect(await sendEvent({}, { ...event, rawQueryString })).toMatchObject(invalid("query"));
    }
    for (const query of ["text", 1, ["a"], { a: 1 }, { a: [{}] }]) {
      expect(await sendEvent({}, { ...event, queryStringParameters: query })).toMatchObject(
        invalid("query"),
      );
      expect(
        await sendEvent({}, { ...event, multiValueQueryStringParameters: query }),
      ).toMatchObject(invalid("query"));
    }
  });

  it("passes when fields that are absent are written as null", async () => {
    const nulls = { cookies: null, queryStringParameters: null, rawQueryString: null };
    expect(await sendEvent({}, { ...event, ...nulls })).toMatchObject(accepted);
    expect(await sendEvent({}, { ...event, headers: { ...event.headers, a: null } })).toMatchObject(
      accepted,
    );
  });
});

describe("what a refusal tells", () => {
  it("is never a word of the request", async () => {
    const secret = "hunter2";
    const refusals = [
      await send({}, { method: secret }),
      await send({ maxUrlBytes: 1 }, { path: `/${secret}?${secret}` }),
      await send({ maxHeaders: 0 }, { headers: { [secret]: secret } }),
      await post(secret, { maxBytes: 1 }),
      await post(secret, {}, { "Content-Type": `text/${secret}` }),
      await post("{}", {}, { "Content-Encoding": secret }),
      await post(`{"${secret}":[]}`, { maxDepth: 1 }),
    ];
    for (const refusal of refusals) {
      expect(refusal.status).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify(refusal)).not.toContain(secret);
    }
  });
});

describe("the options", () => {
  const make = (options: object) => () => payloadGuard(options);

  it("are checked when the guard is made", () => {
    expect(make({ maxByte: 1 })).toThrow(
      new TypeError(
        '@middy-hardening/payload-guard: unknown option "maxByte". Did you mean "maxBytes"?',
      ),
    );
    expect(make({ maxBytes: -1 })).toThrow(
      /"maxBytes" must be a whole number of bytes of body, 0 or more/,
    );
    expect(make({ maxDepth: "32" })).toThrow(/"maxDepth" must be a whole number of levels of JSON/);
    expect(make({ maxKeys: 1.5 })).toThrow(TypeError);
    expect(make({ maxHeaders: Number.NaN })).toThrow(TypeError);
    expect(make({ decompress: "yes" })).toThrow(/"decompress" must be true or false/);
  });

  it("name media types in a form that can match", () => {
    for (const contentTypes of [
      "application/json",
      ["json"],
      ["*/*+json"],
      ["a/b;c=d"],
      [""],
      [1],
      null,
    ]) {
      expect(make({ contentTypes })).toThrow(/"contentTypes" must be an array such as/);
    }
    for (const contentTypes of ["any", [], ["image/*", "+json", "application/vnd.api+json"]]) {
      expect(make({ contentTypes })).not.toThrow();
    }
  });

  it("name methods in upper case, since they are compared as they are", () => {
    for (const methods of ["GET", ["get"], ["GET", ""], [1]]) {
      expect(make({ methods })).toThrow(/"methods" must be an array of methods in upper case/);
    }
  });

  it("take no limit from being given as undefined", async () => {
    const options = { maxDepth: undefined } as unknown as PayloadGuardOptions;
    expect(await post("[".repeat(33), options)).toMatchObject({ code: "json_too_deep" });
  });
});

it("is one function, named and by default, with named hooks", () => {
  expect(payloadGuardByDefault).toBe(payloadGuard);
  const guard = payloadGuard();
  expect(Object.keys(guard)).toEqual(["before", "after", "onError"]);
  expect(guard.before).toHaveProperty("name", "payloadGuardBefore");
  expect(guard.after).toHaveProperty("name", "payloadGuardAfter");
  expect(guard.onError).toHaveProperty("name", "payloadGuardOnError");
});
