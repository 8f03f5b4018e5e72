import fc from "fast-check";
import { expect, it } from "vitest";
import { printable } from "../src/index.ts";

const anyText = fc.string({
  unit: fc.oneof(
    fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
    fc.constantFrom("\n", "\u202E", "😀", "é", "a"),
  ),
});

it("never shows what cannot be printed, nor more than it may", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 80 }), (text, maxLength) => {
      const shown = printable(text, maxLength);
      expect(shown).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{DI}]/u);
      expect(shown.length).toBeLessThanOrEqual(maxLength);
    }),
  );
});

it("changes nothing when it is applied twice", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 80 }), (text, maxLength) => {
      const shown = printable(text, maxLength);
      expect(printable(shown, maxLength)).toBe(shown);
    }),
  );
});
