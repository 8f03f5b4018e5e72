/** The order as valibot has it. */
import * as v from "valibot";
import { LIMITS } from "./order.ts";

export const OrderSchema = v.strictObject({
  reference: v.pipe(v.string(), v.regex(LIMITS.reference)),
  customer: v.strictObject({
    name: v.pipe(v.string(), v.maxLength(LIMITS.maxNameLength)),
    country: v.pipe(v.string(), v.regex(LIMITS.country)),
  }),
  items: v.pipe(
    v.array(
      v.strictObject({
        sku: v.pipe(v.string(), v.regex(LIMITS.sku)),
        quantity: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.maxQuantity)),
        price: v.pipe(v.number(), v.minValue(0)),
        note: v.optional(v.pipe(v.string(), v.maxLength(LIMITS.maxNoteLength))),
      }),
    ),
    v.minLength(1),
    v.maxLength(LIMITS.maxItems),
  ),
});
