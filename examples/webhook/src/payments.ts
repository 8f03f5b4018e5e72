/**
 * What a payment means to the shop. The ledger stands in for a database.
 */
import * as z from "zod/mini";

export const PaymentEvent = z.strictObject({
  type: z.enum(["payment.succeeded", "payment.refunded"]),
  paymentId: z.string().check(z.regex(/^pay_[a-z0-9]{1,32}$/)),
  orderId: z.string().check(z.regex(/^ORD-\d{6}$/)),
  amountCents: z.int().check(z.nonnegative(), z.lte(100_000_000)),
});

export type PaymentEvent = z.infer<typeof PaymentEvent>;

/** By order, what was paid. */
export const paidCents = new Map<string, number>();

export async function recordPayment({ type, orderId, amountCents }: PaymentEvent): Promise<void> {
  const sign = type === "payment.succeeded" ? 1 : -1;
  paidCents.set(orderId, (paidCents.get(orderId) ?? 0) + sign * amountCents);
}
