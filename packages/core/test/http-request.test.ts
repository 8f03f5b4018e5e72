import { describe, expect, it, vi } from "vitest";
import {
  base64ByteLength,
  bodyText,
  decodeBase64,
  headerValues,
  isJson,
  mediaType,
} from "../src/index.ts";

describe("headerValues", () => {
  it("finds a header in any case", () => {
    expect(headerValues({ headers: { "Content-Type": "a" } }, "content-type")).toEqual(["a"]);
    expect(headerValues({ headers: { "content-type": "a" } }, "content-type")).toEqual(["a"]);
  });

  it("gives all values of one that a client sent in several spellings", () => {
    const headers = { "X-Role": "user", "x-role": "admin" };
    expect(headerValues({ headers }, "x-role")).toEqual(["user", "admin"]);
  });

  it("gives each value of a multi-value header, where `headers` has only the last", () => {
    const event = { headers: { A: "2" }, multiValueHeaders: { A: ["1", "2"] } };
    expect(headerValues(event, "a")).toEqual(["1", "2"]);
  });

  it("finds a header that is called like what objects inherit", () => {
    const event = JSON.parse('{"headers":{"__proto__":"x"}}');
    expect(headerValues(event, "__proto__")).toEqual(["x"]);
    expect(headerValues({ headers: {} }, "constructor")).toEqual([]);
  });

  it.each([
    ["absent", {}],
    ["null", { headers: null, multiValueHeaders: null }],
    ["text", { headers: "a: b" }],
    ["a number", { multiValueHeaders: 1 }],
    ["a list", { headers: ["a"] }],
    ["of values that are no text", { headers: { a: 1 } }],
    ["of lists without text", { multiValueHeaders: { a: [1, null, {}] } }],
  ])("finds nothing in headers that are %s", (_title, event) => {
    expect(headerValues(event, "a")).toEqual([]);
  });
});

describe("mediaType", () => {
  const typeOf = (...values: string[]): string =>
    mediaType({ multiValueHeaders: { "Content-Type": values } });

  it("is in lower case and without parameters", () => {
    expect(typeOf("Application/JSON; Charset=UTF-8")).toBe("application/json");
    expect(typeOf(" text/plain ")).toBe("text/plain");
  });

  it("is what is declared, when that is nothing but a type", () => {
    expect(typeOf("application/json")).toBe("application/json");
    expect(typeOf("application/problem+json")).toBe("application/problem+json");
  });

  it("is empty when none is declared", () => {
    expect(mediaType({ headers: {} })).toBe("");
    expect(typeOf("")).toBe("");
    expect(typeOf(";")).toBe("");
  });

  it("is empty for two content types, of which another reader may take the other one", () => {
    expect(typeOf("application/json", "text/plain")).toBe("");
    expect(typeOf("application/json", "application/json")).toBe("");
    expect(mediaType({ headers: { "content-type": "a/b", "Content-Type": "a/b" } })).toBe("");
  });

  it("is empty for two content types that an HTTP API joined with a comma", () => {
    expect(typeOf("application/json,text/plain")).toBe("");
    expect(typeOf("application/json; charset=utf-8, text/plain")).toBe("");
  });
});

describe("isJson", () => {
  it.each([
    "application/json",
    "application/problem+json",
    "application/vnd.api+json",
    "a/b+c+json",
  ])("is true for %s", (type) => expect(isJson(type)).toBe(true));
  it.each([
    "",
    "text/json",
    "application/jsonp",
    "application/json5",
    "application/x-json",
    "json",
    "+json",
    "a/+json",
    "/b+json",
    "a/b/c+json",
    "application/ld+json ",
    "application/a b+json",
    "application/json\n",
  ])("is false for %j", (type) => expect(isJson(type)).toBe(false));

  it("does with a type of a million hostile characters", () => {
    expect(isJson(`a/${"+json".repeat(200_000)}!`)).toBe(false);
    expect(isJson(`${"a".repeat(1_000_000)}+json`)).toBe(false);
  });
});

describe("base64ByteLength", () => {
  it.each(["", "A", "AA", "AAA", "AAAA", "AAAAA", "AA==", "AAA=", "QUJD", "QUJDRA==", "QUJDREU="])(
    "is exact for %j",
    (text) => expect(base64ByteLength(text)).toBe(Buffer.from(text, "base64").length),
  );
  it.each([
    "=",
    "==",
    "===",
    "====",
    "A===",
    "AAA==",
    "A=AA",
    "!!!!",
    "A A A A ",
    "\n\n\n\n",
    "é=",
  ])("is no less than what %j decodes to, and never negative", (text) => {
    expect(base64ByteLength(text)).toBeGreaterThanOrEqual(Buffer.from(text, "base64").length);
  });
});

describe("bodyText", () => {
  const base64 = (bytes: string | number[]): object => ({
    body: Buffer.from(bytes as string).toString("base64"),
    isBase64Encoded: true,
  });

  it.each([
    {},
    { body: null },
    { body: "" },
    { body: "", isBase64Encoded: true },
    { body: {} },
    { body: 1 },
  ])("is undefined for %j", (event) => expect(bodyText(event)).toBeUndefined());

  it("gives text as it is and base64 decoded", () => {
    expect(bodyText({ body: "Zoë", isBase64Encoded: false })).toBe("Zoë");
    expect(bodyText(base64("Zoë"))).toBe("Zoë");
    expect(bodyText({ body: "QUJD", isBase64Encoded: "true" })).toBe("QUJD");
  });

  it("takes one byte order mark away, and not two", () => {
    expect(bodyText({ body: "\uFEFF{}" })).toBe("{}");
    expect(bodyText(base64([0xef, 0xbb, 0xbf, 0x7b, 0x7d]))).toBe("{}");
    expect(bodyText({ body: "\uFEFF\uFEFF{}" })).toBe("\uFEFF{}");
    expect(bodyText({ body: "\uFEFF" })).toBe("");
  });

  it.each([
    ["whitespace", "QU JD"],
    ["a line break", "QUJD\n"],
    ["missing padding", "QQ"],
    ["padding in the middle", "QQ==QQ=="],
    ["too much padding", "QUJD===="],
    ["the URL-safe alphabet", "-_-_"],
    ["bits beyond the last byte", "QR=="],
    ["other characters", "{}"],
  ])("refuses base64 with %s", (_title, body) => {
    expect(() => bodyText({ body, isBase64Encoded: true })).toThrow(
      expect.objectContaining({ statusCode: 400, code: "invalid_base64" }),
    );
  });

  it.each([
    ["a byte that is never UTF-8", [0xff]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a cut character", [0xe2, 0x82]],
    ["a code point beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
    ["UTF-16", [0xff, 0xfe, 0x7b, 0x00]],
  ])("refuses %s", (_title, bytes) => {
    expect(() => bodyText(base64(bytes))).toThrow(
      expect.objectContaining({ statusCode: 400, code: "invalid_encoding" }),
    );
  });

  it("refuses text with half a surrogate pair, which JSON can hold", () => {
    expect(() => bodyText(JSON.parse('{"body":"\\ud800"}'))).toThrow(
      expect.objectContaining({ statusCode: 400, code: "invalid_encoding" }),
    );
  });

  it("says nothing of the body in its errors", () => {
    expect(() => bodyText({ body: "hunter2!", isBase64Encoded: true })).toThrow(
      /^((?!hunter2).)*$/,
    );
  });

  it("decodes once for each event, and again when the body or its encoding has changed", () => {
    const decode = vi.spyOn(Buffer, "from");
    const event = base64("{}") as { body: string; isBase64Encoded: boolean };
    decode.mockClear();
    expect(bodyText(event)).toBe("{}");
    expect(bodyText(event)).toBe("{}");
    expect(decode).toHaveBeenCalledOnce();
    decode.mockRestore();

    event.isBase64Encoded = false;
    expect(bodyText(event)).toBe("e30=");
    event.body = "[]";
    expect(bodyText(event)).toBe("[]");
  });

  it("reads a frozen event", () => {
    expect(bodyText(Object.freeze(base64("{}")))).toBe("{}");
  });
});

describe("decodeBase64", () => {
  it("gives the bytes", () => {
    expect(decodeBase64("AP8=")).toEqual(Buffer.from([0, 255]));
    expect(decodeBase64("")).toEqual(Buffer.alloc(0));
  });
});
