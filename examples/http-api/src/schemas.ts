/** What the order service accepts and returns. */
import * as z from "zod/mini";

/** Text that a person typed: no control characters, no invisible or direction-changing ones. */
const personText = (maxLength: number) =>
  z
    .string()
    .check(
      z.trim(),
      z.minLength(1),
      z.maxLength(maxLength),
      z.regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u),
    );

const sku = z.string().check(z.regex(/^[A-Z]{3}-\d{3}$/));

export const NewOrder = z.strictObject({
  customer: personText(100),
  items: z
    .array(z.strictObject({ sku, quantity: z.int().check(z.gte(1), z.lte(100)) }))
    .check(z.minLength(1), z.maxLength(500)),
  express: z.optional(z.boolean()),
  note: z.optional(personText(2000)),
  preferences: z.optional(
    z.strictObject({
      language: z.optional(z.enum(["en", "de", "ja"])),
      giftWrap: z.optional(z.boolean()),
    }),
  ),
});

export const OrderPath = z.strictObject({ id: z.string().check(z.regex(/^ORD-\d{6}$/)) });

export const OrderQuery = z.strictObject({
  status: z.optional(z.enum(["received", "shipped", "delivered"])),
  limit: z.optional(
    z.pipe(
      z.pipe(z.string().check(z.regex(/^\d{1,3}$/)), z.transform(Number)),
      z.int().check(z.gte(1), z.lte(100)),
    ),
  ),
});

/** An order as callers see it: fields that are not named here never leave. */
const Order = z.object({
  id: z.string(),
  status: z.string(),
  customer: z.string(),
  items: z.array(z.object({ sku: z.string(), quantity: z.number() })),
  total: z.number(),
  express: z.optional(z.boolean()),
  note: z.optional(z.string()),
  preferences: z.optional(z.object({ language: z.string(), giftWrap: z.boolean() })),
  discountPercent: z.optional(z.number()),
  receipt: z.optional(z.string()),
  signature: z.optional(z.string()),
});

const Problem = z.object({ code: z.string() });

export const OrderAnswer = z.union([Order, Problem]);

export const OrderListAnswer = z.object({
  orders: z.array(z.object({ id: z.string(), status: z.string() })),
});
