import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdsCredential } from "../src/index.ts";

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
        expect(typeof holdsCredential(text)).toBe("boolean");
      }),
    );
  }, 60_000);
});
