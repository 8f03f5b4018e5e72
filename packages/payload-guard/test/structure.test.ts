/** The structure of a JSON body. */
import { describe, expect, it, vi } from "vitest";
import { exceededLimit } from "../src/json-structure.ts";
import { accepted, post, refused } from "./support.ts";

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const keys = (count: number): string =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 0])));
const array = (length: number): string => JSON.stringify(new Array(length).fill(0));

const tooDeep = refused(400, "json_too_deep", "input_validation_fail: body, max_depth");
const tooManyKeys = refused(400, "json_too_many_keys", "input_validation_fail: body, max_keys");
const tooLongArray = refused(
  400,
  "json_array_too_long",
  "input_validation_fail: body, max_array_length",
);
const tooLongString = refused(
  400,
  "json_string_too_long",
  "input_validation_fail: body, max_string_length",
);

describe("nesting", () => {
  it("refuses a document of 100,000 levels, which overflows the stack of whoever walks it", async () => {
    expect(await post(nested(100_000))).toMatchObject({
      ...tooDeep,
      detail: "The request has more than 32 levels of JSON.",
    });
  });

  it("lets 32 levels pass and refuses 33, of arrays and of objects", async () => {
    const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    expect(await post(nested(32))).toMatchObject(accepted);
    expect(await post(nested(33))).toMatchObject(tooDeep);
    expect(await post(objects(32))).toMatchObject(accepted);
    expect(await post(objects(33))).toMatchObject(tooDeep);
    expect(await post(`[${"[]".padEnd(300, ",[]")}]`)).toMatchObject(accepted);
  });

  it("does not count brackets in strings, nor lets them close anything", async () => {
    expect(await post(JSON.stringify(["[".repeat(100)]))).toMatchObject(accepted);
    expect(await post(`${'["]"'.replace("]", ']\\"]]')},`.repeat(33))).toMatchObject(tooDeep);
  });

  it("finds the depth that a long string or a mass of escaped quotes hides", async () => {
    for (const hiding of ["x".repeat(50_000), '\\"'.repeat(25_000), "\\\\".repeat(25_000)]) {
      expect(await post(`["${hiding}",${nested(32)}]`)).toMatchObject(tooDeep);
      expect(await post(`["${hiding}",${nested(31)}]`)).toMatchObject(accepted);
    }
  });

  it("allows no container when the depth is 0", async () => {
    expect(await post('"text"', { maxDepth: 0 })).toMatchObject(accepted);
    expect(await post("[]", { maxDepth: 0 })).toMatchObject(tooDeep);
  });
});

describe("keys", () => {
  it("refuses an object of a million keys", { timeout: 30_000 }, async () => {
    expect(await post(keys(1_000_000), { maxBytes: Infinity })).toMatchObject({
      ...tooManyKeys,
      detail: "The request has more than 10000 JSON keys.",
    });
  });

  it("lets 10,000 keys pass and refuses one more, however they are spread", async () => {
    const spread = (count: number): string => `[${'{"a":0},'.repeat(count)}0]`;
    expect(await post(keys(10_000))).toMatchObject(accepted);
    expect(await post(keys(10_001))).toMatchObject(tooManyKeys);
    expect(await post(spread(9_999))).toMatchObject(accepted);
    expect(await post(spread(10_001), { maxArrayLength: Infinity })).toMatchObject(tooManyKeys);
  });

  it("counts a key each time it is repeated", async () => {
    expect(await post('{"a":1,"a":1,"a":1}', { maxKeys: 2 })).toMatchObject(tooManyKeys);
  });

  it("does not count colons in strings", async () => {
    expect(await post('{"a:b":"::::"}', { maxKeys: 1 })).toMatchObject(accepted);
  });
});

describe("arrays", () => {
  it("lets 10,000 elements pass and refuses one more", async () => {
    expect(await post(array(10_000))).toMatchObject(accepted);
    expect(await post(array(10_001))).toMatchObject({
      ...tooLongArray,
      detail: "The request has more than 10000 elements in a JSON array.",
    });
  });

  it("counts each array by itself, and goes on counting behind an inner one", async () => {
    const options = { maxArrayLength: 3 };
    expect(await post("[[1,2,3],[1,2,3],[1,2,3]]", options)).toMatchObject(accepted);
    expect(await post("[1,[1,2,3],3,4]", options)).toMatchObject(tooLongArray);
    expect(await post('[1,{"a":1,"b":2,"c":3,"d":4},3]', options)).toMatchObject(accepted);
  });

  it("allows empty arrays alone when the length is 0", async () => {
    const options = { maxArrayLength: 0 };
    expect(await post('{"a":[ \n],"b":[]}', options)).toMatchObject(accepted);
    expect(await post('{"a":[ 1]}', options)).toMatchObject(tooLongArray);
  });
});

describe("strings", () => {
  /** What `[{"a":"..."}]` just keeps. */
  const exact = (maxStringLength: number) => ({
    maxDepth: 2,
    maxKeys: 1,
    maxArrayLength: 2,
    maxStringLength,
  });

  it("lets 65,536 characters pass and refuses one more, in a value and in a key", async () => {
    expect(await post(JSON.stringify(["x".repeat(65_536)]))).toMatchObject(accepted);
    expect(await post(JSON.stringify(["x".repeat(65_537)]))).toMatchObject({
      ...tooLongString,
      detail: "The request has more than 65536 characters in a JSON string.",
    });
    expect(await post(JSON.stringify({ ["x".repeat(65_537)]: 1 }))).toMatchObject(tooLongString);
  });

  it("counts an escape as it is written", async () => {
    expect(await post('["\\u0041"]', { maxStringLength: 6 })).toMatchObject(accepted);
    expect(await post('["\\u0041"]', { maxStringLength: 5 })).toMatchObject(tooLongString);
    expect(await post('["\\\\\\""]', { maxStringLength: 4 })).toMatchObject(accepted);
    expect(await post('["\\\\\\""]', { maxStringLength: 3 })).toMatchObject(tooLongString);
  });

  it("counts characters, not bytes", async () => {
    expect(await post('["日本語"]', { maxStringLength: 3 })).toMatchObject(accepted);
    expect(await post('["日本語"]', { maxStringLength: 2 })).toMatchObject(tooLongString);
  });

  it("takes no other character for a quote, a backslash or a bracket whose code ends alike", async () => {
    const look = [..."\u0122\u025c\u015b\u017b\u013a\u012c\u045d\u047d"].join("");
    for (const text of [look, `\u00e9${look}`, look.repeat(2_000)]) {
      const inString = JSON.stringify([{ a: text }]);
      expect(exceededLimit(inString, exact(text.length))).toBeUndefined();
      expect(exceededLimit(inString, exact(text.length - 1))).toBe("maxStringLength");
      // Outside a string there is no such JSON: the parser ends there, and so does the scan.
      expect(exceededLimit(`[[1],${text}[[[[`, exact(1))).toBeUndefined();
    }
  });

  it("refuses a string that never ends", async () => {
    expect(await post(`["${"x".repeat(70_000)}`)).toMatchObject(tooLongString);
    expect(await post(`["${"x".repeat(70_000)}\\"`)).toMatchObject(tooLongString);
  });
});

describe("what begins the body", () => {
  it("finds the structure behind a byte order mark, spaces, and what `trim()` takes away", async () => {
    for (const before of ["\ufeff", " \t\r\n", "\u00a0\u2028", " ".repeat(10_000)]) {
      expect(await post(before + nested(33))).toMatchObject(tooDeep);
      expect(await post(Buffer.from(before + nested(33)))).toMatchObject(tooDeep);
    }
  });

  it("looks at JSON under any name, since the handler may parse it all the same", async () => {
    const any = { contentTypes: "any" } as const;
    for (const type of ["text/plain", "application/octet-stream", "image/png", "nonsense"]) {
      const headers = { "Content-Type": type };
      for (const body of [
        nested(33),
        Buffer.from(nested(33)),
        Buffer.from(`\ufeff ${nested(33)}`),
      ]) {
        expect(await post(body, any, headers)).toMatchObject(tooDeep);
      }
    }
    expect(await post(nested(33), any, { "Content-Type": [] })).toMatchObject(tooDeep);
  });

  it("looks at binary JSON that is not UTF-8 as `buffer.toString()` would read it", async () => {
    const body = Buffer.concat([
      Buffer.from('["'),
      Buffer.from([0xff]),
      Buffer.from(`",${nested(32)}]`),
    ]);
    const headers = { "Content-Type": "application/octet-stream" };
    expect(await post(body, { contentTypes: "any" }, headers)).toMatchObject(tooDeep);
  });

  it("lets text and data pass that merely begin like JSON", async () => {
    const options = { contentTypes: "any", maxDepth: 2, maxStringLength: 20 } as const;
    const headers = { "Content-Type": "text/plain" };
    for (const text of [
      "[Note] see [[[[this",
      "{{{{template}}}}".slice(2),
      '"Yes" she said [[[[',
    ]) {
      expect(await post(text, options, headers)).toMatchObject(accepted);
    }
    for (const text of ["plain [[[[", "<a>[[[[</a>", "true [[[["]) {
      expect(await post(text, options, headers)).toMatchObject(accepted);
    }
    const image = Buffer.from([0x5b, 0x01, 0x5b, 0x5b, 0x5b, 0x5b]);
    expect(await post(image, options, { "Content-Type": "image/png" })).toMatchObject(accepted);
    const png = Buffer.from("\x89PNG\r\n\x1a\n[[[[", "latin1");
    expect(await post(png, options, { "Content-Type": "image/png" })).toMatchObject(accepted);
  });

  it("passes malformed JSON on: to say what is wrong with it is the parser's business", async () => {
    for (const text of ["]]]]{}", "{]", "[1,", '{"a"', "nul", "[+]", "tru"]) {
      expect(await post(text, { maxDepth: 2 })).toMatchObject(accepted);
    }
  });
});

describe("the work of the scan", () => {
  /** Characters that were read one by one or leapt over, relative to the length. */
  function workOf(text: string): number {
    let work = 0;
    const { charCodeAt, indexOf } = String.prototype;
    using _ = stub("charCodeAt", function (this: string, index: number) {
      work++;
      return charCodeAt.call(this, index);
    });
    using __ = stub("indexOf", function (this: string, search: string, from = 0) {
      const found = indexOf.call(this, search, from);
      work += (found === -1 ? this.length : found) - from + 1;
      return found;
    });
    // What is copied into the window is read once.
    const { write } = Buffer.prototype;
    const spy = vi.spyOn(Buffer.prototype, "write").mockImplementation(function (
      this: Buffer,
      ...parameters: unknown[]
    ) {
      work += (parameters[0] as string).length;
      return Reflect.apply(write, this, parameters) as number;
    });
    exceededLimit(text, {
      maxDepth: Number.POSITIVE_INFINITY,
      maxKeys: Number.POSITIVE_INFINITY,
      maxArrayLength: Number.POSITIVE_INFINITY,
      maxStringLength: 10,
    });
    spy.mockRestore();
    return work / text.length;
  }

  function stub(name: "charCodeAt" | "indexOf", replacement: unknown): Disposable {
    const original = String.prototype[name];
    Object.defineProperty(String.prototype, name, {
      value: replacement,
      configurable: true,
      writable: true,
    });
    return {
      [Symbol.dispose]: () => {
        Object.defineProperty(String.prototype, name, {
          value: original,
          configurable: true,
          writable: true,
        });
      },
    };
  }

  it.each([
    ["one long string", `["${"x".repeat(100_000)}"]`],
    ["escaped quotes", `["${'\\"'.repeat(50_000)}"]`],
    ["backslashes", `["${"\\\\".repeat(50_000)}"]`],
    ["escaped quotes far apart", `["${`${"x".repeat(50)}\\"`.repeat(2_000)}"]`],
    ["backslashes before quotes", `["${`${"\\\\".repeat(40)}\\"`.repeat(1_000)}"]`],
    ["escaped quotes just at the edge", `["${`${"x".repeat(19)}\\"`.repeat(5_000)}"]`],
    ["escaped quotes very near", `["${'x\\"'.repeat(30_000)}"]`],
    ["escaped quotes a window apart", `["${`${"x".repeat(8_190)}\\"`.repeat(12)}"]`],
    ["short strings", `[${'"a",'.repeat(25_000)}1]`],
    ["a string that never ends", `["${'x\\"'.repeat(30_000)}`],
    ["numbers", `[${"1234567,".repeat(12_500)}1]`],
    ["brackets", nested(50_000)],
    ["spaces", `[${" ".repeat(100_000)}]`],
    ["empty arrays", `[${"[],".repeat(30_000)}1]`],
  ])("is linear in the length: %s", (_, text) => {
    const long = text.repeat(4);
    expect(workOf(text)).toBeLessThan(8);
    expect(workOf(long)).toBeLessThan(8);
  });
});
