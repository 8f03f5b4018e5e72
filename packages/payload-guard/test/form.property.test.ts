/** The measuring of a form against what splitting it gives. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { exceededFormLimit, type FormLimits } from "../src/form-structure.ts";

const form = fc.string({ unit: fc.constantFrom("&", "=", "a", "%", "日") });

const limit = fc.oneof(fc.nat(6), fc.constant(Number.POSITIVE_INFINITY));

/** The same by way of all fields, names and values. */
function isExceeded(text: string, { maxKeys, maxStringLength }: FormLimits): boolean {
  const fields = text.split("&");
  return (
    fields.length > maxKeys ||
    fields.some((field) => {
      const [name = "", ...value] = field.split("=");
      return name.length > maxStringLength || value.join("=").length > maxStringLength;
    })
  );
}

it("refuses exactly the forms of which the number of fields, a name or a value exceeds its limit", () => {
  fc.assert(
    fc.property(form, fc.record({ maxKeys: limit, maxStringLength: limit }), (text, limits) => {
      expect(exceededFormLimit(text, limits) !== undefined).toBe(isExceeded(text, limits));
    }),
    { numRuns: 2_000 },
  );
});

it("lets no parser see more fields, or longer ones, than it counted", () => {
  const limits = { maxKeys: 4, maxStringLength: 5 };
  fc.assert(
    fc.property(form, (text) => {
      if (exceededFormLimit(text, limits) !== undefined) return;
      const fields = [...new URLSearchParams(text)];
      expect(fields.length).toBeLessThanOrEqual(4);
      for (const part of fields.flat()) expect(part.length).toBeLessThanOrEqual(5);
    }),
  );
});
