/** `harden()` with a secret and an encrypted environment value. */
import middy from "@middy/core";
import { kmsDecryptor } from "@middy-hardening/kms-decryptor";
import { harden } from "@middy-hardening/preset";
import { secretsLoader, secretsManager } from "@middy-hardening/secrets-loader";
import { placeOrder } from "./order.ts";
import { OrderSchema } from "./order-zod-mini.ts";

export const handler = middy()
  .use(
    harden({
      body: OrderSchema,
      secretsLoader: secretsLoader({
        secrets: { apiKey: { from: secretsManager("prod/api-key") } },
      }),
      kmsDecryptor: kmsDecryptor({
        environment: { DB_PASSWORD: { keyId: "alias/orders", encryptionContext: {} } },
      }),
    }),
  )
  .handler(async ({ body }, { secrets }) => {
    if (secrets.apiKey.reveal() !== "key" || secrets.DB_PASSWORD.reveal() !== "password") {
      throw new Error("The secrets are not those that were stored.");
    }
    return placeOrder(body);
  });
