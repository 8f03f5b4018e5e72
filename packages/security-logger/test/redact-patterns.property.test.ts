import fc from "fast-check";
import { check } from "recheck";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../src/index.ts";

const atoms = [
  "a",
  "b",
  "\\d",
  "\\w",
  "[ab]",
  "[^a]",
  ".",
  "\\s",
  "-",
  "\\x61",
  "(?:ab)",
  "(?:a|b)",
  "(?=a)",
];
const quantifiers = ["", "", "", "?", "*", "+", "{2}", "{1,3}", "{0,40}", "{3,}", "+?", "{1,9}?"];

const piece = fc
  .tuple(fc.constantFrom(...atoms), fc.constantFrom(...quantifiers))
  .map(([atom, quantifier]) => atom + quantifier);
const { pattern } = fc.letrec<{ pattern: string; group: string }>((tie) => ({
  group: fc
    .tuple(
      fc.constantFrom("(", "(?:", "(?<!", "(?!"),
      tie("pattern"),
      fc.constantFrom(...quantifiers.filter((quantifier) => !quantifier.endsWith("?"))),
    )
    .map(([opening, inner, quantifier]) =>
      opening.endsWith("!") ? `${opening}${inner})` : `${opening}${inner})${quantifier}`,
    ),
  pattern: fc
    .array(fc.oneof({ weight: 5, arbitrary: piece }, { weight: 1, arbitrary: tie("group") }), {
      minLength: 1,
      maxLength: 5,
    })
    .chain((parts) =>
      fc.constantFrom(
        parts.join(""),
        `${parts.join("")}|a`,
        `\\b${parts.join("")}`,
        `${parts.join("")}$`,
      ),
    ),
}));

function accepted(source: string, flags: string): boolean {
  try {
    createRedactor({ patterns: [new RegExp(source, flags)] });
    return true;
  } catch {
    return false;
  }
}

describe("a pattern that is accepted", () => {
  it("is one in which recheck finds no attack", async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(pattern, fc.constantFrom("", "i"), async (source, flags) => {
        fc.pre(accepted(source, flags));
        count++;
        const { status } = await check(source, flags);
        expect(`${status} /${source}/`).toBe(`safe /${source}/`);
      }),
      { numRuns: 150, seed: 7 },
    );
    expect(count).toBeGreaterThanOrEqual(150);
  }, 120_000);
});

describe("whatever the pattern is", () => {
  it("it is accepted, or refused by an error that says why", () => {
    fc.assert(
      fc.property(fc.oneof(pattern, fc.string(), fc.string({ unit: "binary" })), (source) => {
        let made: RegExp;
        try {
          made = new RegExp(source, "u");
        } catch {
          return;
        }
        try {
          createRedactor({ patterns: [made] }).text("aabbaab--12 ");
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          expect((error as Error).message).toContain("which may be slow");
        }
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
