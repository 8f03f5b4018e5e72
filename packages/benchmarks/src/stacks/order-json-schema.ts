/** The order as a JSON Schema of the event, as `@middy/validator` wants it. */
import { LIMITS } from "./order.ts";

const text = (pattern: RegExp) => ({ type: "string", pattern: pattern.source });
const short = (maxLength: number) => ({ type: "string", maxLength });
const strict = (properties: object, ...required: readonly string[]) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

export const eventJsonSchema = {
  type: "object",
  required: ["body"],
  properties: {
    body: strict(
      {
        reference: text(LIMITS.reference),
        customer: strict(
          { name: short(LIMITS.maxNameLength), country: text(LIMITS.country) },
          "name",
          "country",
        ),
        items: {
          type: "array",
          minItems: 1,
          maxItems: LIMITS.maxItems,
          items: strict(
            {
              sku: text(LIMITS.sku),
              quantity: { type: "integer", minimum: 1, maximum: LIMITS.maxQuantity },
              price: { type: "number", minimum: 0 },
              note: short(LIMITS.maxNoteLength),
            },
            "sku",
            "quantity",
            "price",
          ),
        },
      },
      "reference",
      "customer",
      "items",
    ),
  },
};

/** A number written as text is no number to the other schemas either. They report all problems, too. */
export const AJV_OPTIONS = { coerceTypes: false, useDefaults: false, allErrors: true };
