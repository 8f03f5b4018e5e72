import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdsCredential, maskCredentials } from "../src/index.ts";

const visible = (except: RegExp) =>
  fc
    .string({ unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)) })
    .map((text) => `Hunter2${text.replace(except, "")}`);

const url = visible(/["'`<>]|:\/\//g);
const listed = visible(/[;"']/g).map((text) => text.replace("2", "2 horse "));
const word = visible(/[;"'`,&)}\]]/g);
const any = fc.string({ unit: "binary" }).map((text) => `Hunter2${text}`);

/** Passwords and the text around them in which each is written. */
const planted: fc.Arbitrary<readonly [text: string, password: string]> = fc.oneof(
  url.map((it) => [`connect postgres://app:${it}@db:5432/o failed`, it] as const),
  url.map((it) => [`"redis://:${it}@cache"`, it] as const),
  listed.map((it) => [`Server=db;User Id=sa;Password=${it};Database=x`, it] as const),
  word.map((it) => [`login with password=${it} failed`, it] as const),
  word.map((it) => [`token: ${it}`, it] as const),
  any.map((it) => [JSON.stringify({ password: it, id: 1 }), "Hunter2"] as const),
  any.map((it) => [JSON.stringify(JSON.stringify({ secret: it, id: 1 })), "Hunter2"] as const),
  any.map(
    (it) => [`Password='${it.replace(/[\\]/g, "").replaceAll("'", "''")}';`, "Hunter2"] as const,
  ),
  any.map((it) => [`?api_key=${encodeURIComponent(it.toWellFormed())}&id=1`, "Hunter2"] as const),
  any.map((it) => [`-----BEGIN PRIVATE KEY-----${it}`, "Hunter2"] as const),
);

describe("whatever the password is", () => {
  it("the masked text does not hold it, nor its beginning", () => {
    fc.assert(
      fc.property(planted, ([text, password]) => {
        const masked = maskCredentials(text);
        expect(masked).not.toContain(password);
        expect(masked).not.toContain("Hunter2");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("text made of the patterns' own pieces", () => {
  const pieces = [
    ...[
      "://",
      ":\\/\\/",
      "http",
      "postgres",
      "jdbc:",
      "a",
      ":",
      "@",
      "?",
      "&",
      "/",
      "1",
      " ",
      "x.",
    ],
    ...["password", "Password=", "pwd=", "=", ";", "'", '"', "\\", '\\"', "`", ",", "Server=a;"],
    ...["-----BEGIN ", "PRIVATE KEY-----", "-----END ", "Bearer ", "Basic ", "host=a ", "\n", "*"],
  ];
  const hostile = fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 })
    .map((some) => some.join("").repeat(Math.ceil(300_000 / some.join("").length)));

  // Were one of them not linear, the test would run for minutes.
  it("is read to its end", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(typeof maskCredentials(text)).toBe("string");
        expect(typeof holdsCredential(text)).toBe("boolean");
      }),
    );
  }, 60_000);
});
