/** The same with a schema of valibot. */
import middy from "@middy/core";
import { harden } from "@middy-hardening/preset";
import { placeOrder } from "./order.ts";
import { OrderSchema } from "./order-valibot.ts";

export const handler = middy()
  .use(harden({ body: OrderSchema, securityLogger: false }))
  .handler(async ({ body }) => placeOrder(body));
