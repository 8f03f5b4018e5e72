/** `harden()` with whatever it has for an HTTP API, the application's own Logger and Metrics, and a secret. */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import middy from "@middy/core";
import { harden } from "@middy-hardening/preset";
import { fromProvider, secretsLoader } from "@middy-hardening/secrets-loader";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import * as z from "zod/mini";
import { memoryProvider } from "./memory-provider.ts";
import { placeOrder } from "./order.ts";
import { OrderSchema } from "./order-zod-mini.ts";

const deadline = timeoutGuard();

export const handler = middy(deadline.plugin)
  .use(
    harden({
      body: OrderSchema,
      query: z.object({}),
      headers: z.object({ "user-agent": z.string() }),
      response: z.object({ reference: z.string(), total: z.number(), state: z.string() }),
      duplicateKeys: "reject",
      timeoutGuard: deadline,
      securityHeaders: { cors: { origins: ["https://shop.example.com"] } },
      securityLogger: { logger: new Logger(), metrics: new Metrics() },
      secretsLoader: secretsLoader({
        secrets: { apiKey: { from: fromProvider(memoryProvider(), "api-key") } },
      }),
    }),
  )
  .handler(async ({ body }) => placeOrder(body));
