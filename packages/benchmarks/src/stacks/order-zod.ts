/** The order as zod has it. */
import { z } from "zod";
import { LIMITS } from "./order.ts";

export const OrderSchema = z.strictObject({
  reference: z.string().regex(LIMITS.reference),
  customer: z.strictObject({
    name: z.string().max(LIMITS.maxNameLength),
    country: z.string().regex(LIMITS.country),
  }),
  items: z
    .array(
      z.strictObject({
        sku: z.string().regex(LIMITS.sku),
        quantity: z.int().min(1).max(LIMITS.maxQuantity),
        price: z.number().min(0),
        note: z.string().max(LIMITS.maxNoteLength).optional(),
      }),
    )
    .min(1)
    .max(LIMITS.maxItems),
});
