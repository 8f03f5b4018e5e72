/** `harden()` with the application's own Logger and Metrics, whose settings its log takes over. */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import middy from "@middy/core";
import { harden } from "@middy-hardening/preset";
import { placeOrder } from "./order.ts";
import { OrderSchema } from "./order-zod-mini.ts";

export const handler = middy()
  .use(
    harden({
      body: OrderSchema,
      securityLogger: { logger: new Logger(), metrics: new Metrics() },
    }),
  )
  .handler(async ({ body }) => placeOrder(body));
