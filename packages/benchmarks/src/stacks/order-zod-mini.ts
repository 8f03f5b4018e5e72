/** The order as zod/mini has it. */
import * as z from "zod/mini";
import { LIMITS } from "./order.ts";

export const OrderSchema = z.strictObject({
  reference: z.string().check(z.regex(LIMITS.reference)),
  customer: z.strictObject({
    name: z.string().check(z.maxLength(LIMITS.maxNameLength)),
    country: z.string().check(z.regex(LIMITS.country)),
  }),
  items: z
    .array(
      z.strictObject({
        sku: z.string().check(z.regex(LIMITS.sku)),
        quantity: z.int().check(z.minimum(1), z.maximum(LIMITS.maxQuantity)),
        price: z.number().check(z.minimum(0)),
        note: z.optional(z.string().check(z.maxLength(LIMITS.maxNoteLength))),
      }),
    )
    .check(z.minLength(1), z.maxLength(LIMITS.maxItems)),
});
