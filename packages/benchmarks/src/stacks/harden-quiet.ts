/** `harden()` without its log, as its peers of this name have none. */
import middy from "@middy/core";
import { harden } from "@middy-hardening/preset";
import { placeOrder } from "./order.ts";
import { OrderSchema } from "./order-zod-mini.ts";

export const handler = middy()
  .use(harden({ body: OrderSchema, securityLogger: false }))
  .handler(async ({ body }) => placeOrder(body));
