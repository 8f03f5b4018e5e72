/** `harden()` without its log, with bounds that let the largest order pass. */
import middy from "@middy/core";
import { harden } from "@middy-hardening/preset";
import { placeOrder } from "./order.ts";
import { OrderSchema } from "./order-zod-mini.ts";

const payloadGuard = { maxBytes: 6_000_000, maxKeys: 1_000_000, maxArrayLength: 1_000_000 };

export const handler = middy()
  .use(harden({ body: OrderSchema, securityLogger: false, payloadGuard }))
  .handler(async ({ body }) => placeOrder(body));
