/**
 * The payment provider's callback, behind an HTTP API or a function URL.
 *
 * Environment: `DELIVERIES_TABLE`, the DynamoDB table of deliveries seen (partition key `id`, time
 * to live `expiration`). Secrets Manager: `webhook/signing-key`, the provider's key in base64.
 */
import middy from "@middy/core";
import { inputValidator } from "@middy-hardening/input-validator";
import { harden } from "@middy-hardening/preset";
import { secretsLoader, secretsManager } from "@middy-hardening/secrets-loader";
import { oncePerDelivery } from "./once.ts";
import { PaymentEvent, recordPayment } from "./payments.ts";
import { verifiedDelivery } from "./verified-delivery.ts";

const recordOnce = oncePerDelivery(process.env.DELIVERIES_TABLE ?? "deliveries", recordPayment);

export const handler = middy()
  .use(
    harden({
      payloadGuard: { maxBytes: 65_536, methods: ["POST"] },
      secretsLoader: secretsLoader({
        secrets: { webhookKey: { from: secretsManager("webhook/signing-key") } },
      }),
    }),
  )
  // Between the guards and the parser: what is not signed is not parsed.
  .use(verifiedDelivery({ toleranceMs: 300_000 }))
  .use(inputValidator({ eventSource: "api-gateway-http", body: PaymentEvent }))
  .handler(async (event, context) => {
    await recordOnce({ deliveryId: context.deliveryId, payload: event.body }, context);
    return { statusCode: 204 };
  });
