/** The scan against a count of what `JSON.parse` makes of the same text. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { exceededLimit, type StructureLimits } from "../src/json-structure.ts";

/** A JSON value together with one way to write it, in which keys may repeat. */
type Json =
  | { readonly kind: "scalar"; readonly source: string }
  | { readonly kind: "string"; readonly source: string }
  | { readonly kind: "array"; readonly elements: readonly Json[] }
  | { readonly kind: "object"; readonly members: readonly (readonly [string, Json])[] };

/** What stands between the quotes of a string: characters, escapes, and long runs of both. */
const content = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\\\\",
        '\\"',
        "\\u0022",
        "\\u005c",
        "\\n",
        "\\/",
        "[",
        "{",
        "]",
        "}",
        ":",
        ",",
      ),
      fc.string({ unit: "grapheme" }).map((text) => JSON.stringify(text).slice(1, -1)),
      fc
        .tuple(
          fc.constantFrom("x", "日", "∢", "\\\\", '\\"', "[", 'xxxxxxxxxxxxxxxxxxx\\"'),
          fc.nat(600),
        )
        .map(([unit, times]) => unit.repeat(times)),
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(""));

const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.record({
      kind: fc.constant("scalar" as const),
      source: fc.oneof(
        fc.constantFrom("true", "false", "null", "0", "-1.5E+10", "1e-7", "12345678901234567890"),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
      ),
    }),
    fc.record({ kind: fc.constant("string" as const), source: content }),
    fc.record({
      kind: fc.constant("array" as const),
      elements: fc.array(tie("value"), { maxLength: 8 }),
    }),
    fc.record({
      kind: fc.constant("object" as const),
      members: fc.array(fc.tuple(content, tie("value")), { maxLength: 8 }),
    }),
  ),
}));

const space = fc.constantFrom("", "", "", " ", "\n", "\t\r\n", " ".repeat(30));

/** The text of a value, with the given spaces around its tokens in turn. */
function write(json: Json, spaces: readonly string[]): string {
  let turn = 0;
  const gap = (): string => spaces[turn++ % spaces.length] as string;
  const around = (token: string): string => gap() + token + gap();
  const text = (part: Json): string => {
    switch (part.kind) {
      case "scalar":
        return around(part.source);
      case "string":
        return around(`"${part.source}"`);
      case "array":
        return around(`[${gap()}${part.elements.map(text).join(",")}]`);
      case "object":
        return around(
          `{${gap()}${part.members.map(([key, of]) => `${around(`"${key}"`)}:${text(of)}`).join(",")}}`,
        );
    }
  };
  return text(json);
}

/** The same quantities, counted in the obvious way. */
function measure(json: Json): StructureLimits {
  switch (json.kind) {
    case "scalar":
      return { maxDepth: 0, maxKeys: 0, maxArrayLength: 0, maxStringLength: 0 };
    case "string":
      return { maxDepth: 0, maxKeys: 0, maxArrayLength: 0, maxStringLength: json.source.length };
    case "array":
      return combine(json.elements.map(measure), json.elements.length, 0, 0);
    case "object": {
      const longestKey = Math.max(0, ...json.members.map(([key]) => key.length));
      return combine(
        json.members.map(([, of]) => measure(of)),
        0,
        json.members.length,
        longestKey,
      );
    }
  }
}

const combine = (
  parts: readonly StructureLimits[],
  elements: number,
  keys: number,
  longestKey: number,
): StructureLimits => ({
  maxDepth: 1 + Math.max(0, ...parts.map((part) => part.maxDepth)),
  maxKeys: parts.reduce((sum, part) => sum + part.maxKeys, keys),
  maxArrayLength: Math.max(elements, ...parts.map((part) => part.maxArrayLength)),
  maxStringLength: Math.max(longestKey, ...parts.map((part) => part.maxStringLength)),
});

/** Blanks in front make a text too long for its length alone to prove anything. */
const padding = fc.constantFrom("", " ".repeat(200), "\n".repeat(8_190));

it("counts depth, keys, elements and characters of any JSON exactly", () => {
  fc.assert(
    fc.property(value, fc.array(space, { minLength: 1 }), padding, (json, spaces, before) => {
      const text = before + write(json, spaces);
      JSON.parse(text); // It is JSON.
      const exact = measure(json);
      expect(exceededLimit(text, exact)).toBeUndefined();
      for (const limit of Object.keys(exact) as (keyof StructureLimits)[]) {
        const unlimited = {
          maxDepth: Infinity,
          maxKeys: Infinity,
          maxArrayLength: Infinity,
          maxStringLength: Infinity,
        };
        expect(exceededLimit(text, { ...unlimited, [limit]: exact[limit] })).toBeUndefined();
        if (exact[limit] === 0) continue;
        expect(exceededLimit(text, { ...unlimited, [limit]: exact[limit] - 1 })).toBe(limit);
      }
    }),
    { numRuns: 500 },
  );
});

it("counts the same wherever the windows of the scan meet in the text", () => {
  const json: Json = {
    kind: "array",
    elements: [
      { kind: "string", source: '\\"\\\\x\\"' },
      { kind: "scalar", source: "-12.5e+3" },
      { kind: "scalar", source: "false" },
      { kind: "object", members: [["k\\\\", { kind: "array", elements: [] }]] },
    ],
  };
  const exact = measure(json);
  const text = write(json, [""]);
  for (let shift = 0; shift <= text.length + 1; shift++) {
    const shifted = " ".repeat(8_192 - shift) + text;
    expect(exceededLimit(shifted, exact)).toBeUndefined();
    for (const limit of Object.keys(exact) as (keyof StructureLimits)[]) {
      expect(exceededLimit(shifted, { ...exact, [limit]: exact[limit] - 1 })).toBe(limit);
    }
  }
});

it("comes to an end with any text", () => {
  const text = fc
    .array(fc.oneof(fc.constantFrom(...'"\\[]{}:,0-tfn \n'), fc.string()), { size: "large" })
    .map((parts) => parts.join(""));
  const limit = fc.oneof(fc.nat(20), fc.constant(Number.POSITIVE_INFINITY));
  fc.assert(
    fc.property(
      text,
      limit,
      limit,
      limit,
      limit,
      (of, maxDepth, maxKeys, maxArrayLength, maxStringLength) => {
        const limits = { maxDepth, maxKeys, maxArrayLength, maxStringLength };
        expect([undefined, ...Object.keys(limits)]).toContain(exceededLimit(of, limits));
      },
    ),
  );
});
