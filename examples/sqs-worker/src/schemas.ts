/** What the worker takes from its queue. */
import * as z from "zod/mini";

const Item = z.strictObject({
  sku: z.string().check(z.regex(/^[A-Z]{3}-\d{3}$/)),
  quantity: z.int().check(z.minimum(1), z.maximum(100)),
});

export const Order = z.strictObject({
  orderId: z.string().check(z.regex(/^ORD-\d{6}$/)),
  customer: z.string().check(z.minLength(1), z.maxLength(100)),
  items: z.array(Item).check(z.minLength(1), z.maxLength(50)),
});

export type Order = z.infer<typeof Order>;
