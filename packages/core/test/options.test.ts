import { describe, expect, it } from "vitest";
import {
  callback,
  checkOptions,
  either,
  flag,
  limitOf,
  type OptionRule,
  oneOf,
  record,
  text,
  textList,
} from "../src/index.ts";

const rules = {
  maxBytes: limitOf("bytes"),
  decompress: flag,
  leakGuard: oneOf("block", "report", "off"),
  service: text,
  methods: textList,
  map: callback,
  cors: either(flag, record),
};
type Options = { [Name in keyof typeof rules]?: unknown };

const check = (options: unknown): Options => checkOptions("my-guard", options as Options, rules);

describe("checkOptions", () => {
  it("returns the options that all rules accept", () => {
    const options = {
      maxBytes: 0,
      decompress: false,
      leakGuard: "off",
      service: "orders",
      methods: [],
      map: () => undefined,
      cors: {},
    };
    expect(check(options)).toBe(options);
  });

  it("takes undefined for an option that is not given", () => {
    expect(() => check({ maxBytes: undefined })).not.toThrow();
  });

  it.each<[unknown, string]>([
    [{ maxByte: 1 }, 'my-guard: unknown option "maxByte". Did you mean "maxBytes"?'],
    [{ MAXBYTES: 1 }, 'my-guard: unknown option "MAXBYTES". Did you mean "maxBytes"?'],
    [{ leakguard: "off" }, 'my-guard: unknown option "leakguard". Did you mean "leakGuard"?'],
    [{ decompres: true }, 'my-guard: unknown option "decompres". Did you mean "decompress"?'],
    [
      { verbosity: 1 },
      'my-guard: unknown option "verbosity". Known options: maxBytes, decompress, leakGuard, service, methods, map, cors.',
    ],
    [
      { constructor: 1 },
      'my-guard: unknown option "constructor". Known options: maxBytes, decompress, leakGuard, service, methods, map, cors.',
    ],
    [JSON.parse('{"__proto__":1}'), 'my-guard: unknown option "__proto__". Known options: '],
    [
      { maxBytes: "1 MB" },
      'my-guard: option "maxBytes" must be a whole number of bytes, 0 or more (Infinity for no limit), but got a string.',
    ],
    [{ maxBytes: -1 }, "but got a negative number."],
    [{ maxBytes: Number.NEGATIVE_INFINITY }, "but got a negative number."],
    [{ maxBytes: 1.5 }, "but got a number that is not whole."],
    [{ maxBytes: Number.NaN }, "but got a number that is not whole."],
    [{ maxBytes: 1n }, "but got a bigint."],
    [{ maxBytes: null }, "but got null."],
    [{ decompress: "yes" }, 'option "decompress" must be true or false, but got a string.'],
    [
      { leakGuard: 5 },
      'option "leakGuard" must be "block" or "report" or "off", but got a number.',
    ],
    [{ service: "" }, 'option "service" must be a non-empty string, but got a string.'],
    [{ methods: ["GET", ""] }, "must be an array of non-empty strings, but got an array."],
    [{ methods: "GET" }, "must be an array of non-empty strings, but got a string."],
    [{ map: {} }, 'option "map" must be a function, but got an object.'],
    [{ cors: [] }, 'option "cors" must be true or false, or an object, but got an array.'],
    [{ cors: null }, "but got null."],
    [{ cors: () => undefined }, "but got a function."],
    [null, "my-guard: expected an object of options, but got null."],
    [[], "my-guard: expected an object of options, but got an array."],
    ["maxBytes", "my-guard: expected an object of options, but got a string."],
  ])("refuses a wrong option and says of %o: %s", (options, message) => {
    expect(() => check(options)).toThrow(TypeError);
    expect(() => check(options)).toThrow(message);
  });

  it("never repeats a value, which may be a secret", () => {
    for (const name of ["maxBytes", "decompress", "leakGuard", "methods", "map", "cors"]) {
      expect(() => check({ [name]: "hunter2-hunter2" })).toThrow(/^((?!hunter2).)*got a string\.$/);
    }
  });

  it("accepts numbers beyond 2^53 and Infinity as limits", () => {
    expect(() => check({ maxBytes: 2 ** 60 })).not.toThrow();
    expect(() => check({ maxBytes: Number.POSITIVE_INFINITY })).not.toThrow();
  });

  it("lets a rule of one's own say what it expects", () => {
    const even: OptionRule = {
      expected: "an even number",
      accepts: (value) => (value as number) % 2 === 0,
    };
    expect(() => checkOptions("x", { n: 3 }, { n: even })).toThrow(
      'x: option "n" must be an even number, but got a number.',
    );
  });
});
