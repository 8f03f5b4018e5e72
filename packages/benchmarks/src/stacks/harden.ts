/** `harden()` with all its defaults: one line for each invocation. */
import middy from "@middy/core";
import { harden } from "@middy-hardening/preset";
import { placeOrder } from "./order.ts";
import { OrderSchema } from "./order-zod-mini.ts";

export const handler = middy()
  .use(harden({ body: OrderSchema }))
  .handler(async ({ body }) => placeOrder(body));
