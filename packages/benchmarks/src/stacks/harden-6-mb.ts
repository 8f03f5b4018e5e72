/** `harden()` without its log, with bodies of 6 MB, but no more keys or elements than by default. */
import middy from "@middy/core";
import { harden } from "@middy-hardening/preset";
import { placeOrder } from "./order.ts";
import { OrderSchema } from "./order-zod-mini.ts";

export const handler = middy()
  .use(harden({ body: OrderSchema, securityLogger: false, payloadGuard: { maxBytes: 6_100_000 } }))
  .handler(async ({ body }) => placeOrder(body));
