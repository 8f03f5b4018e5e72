/** What the task takes and gives. */
import * as z from "zod/mini";

const OrderId = z.string().check(z.regex(/^ORD-\d{6}$/));

export const Charge = z.strictObject({
  orderId: OrderId,
  amountCents: z.int().check(z.minimum(1), z.maximum(1_000_000)),
  cardToken: z.string().check(z.regex(/^tok_[a-z0-9]{8,64}$/)),
});

export type Charge = z.infer<typeof Charge>;

/** A strict object: a field that a payment provider adds one day does not travel on unseen. */
export const Receipt = z.strictObject({
  orderId: OrderId,
  paymentId: z.string(),
  amountCents: z.int(),
});

export type Receipt = z.infer<typeof Receipt>;
