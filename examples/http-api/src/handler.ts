/**
 * The order service as it is deployed: each operation behind `harden()`.
 *
 * Environment: `DB_PASSWORD`, encrypted with KMS; `SECRETS_MAX_AGE_MS`, how old the signing key may
 * become (default: 5 minutes). Secrets Manager: `orders/signing-key`.
 */
import middy from "@middy/core";
import { PublicError, type Secret } from "@middy-hardening/core";
import { kmsDecryptor } from "@middy-hardening/kms-decryptor";
import { harden } from "@middy-hardening/preset";
import { secretsLoader, secretsManager } from "@middy-hardening/secrets-loader";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { createDatabase } from "./database.ts";
import { type Caller, createOrders } from "./orders.ts";
import { type AnyHttpEvent, originOf, route } from "./router.ts";
import { NewOrder, OrderAnswer, OrderListAnswer, OrderPath, OrderQuery } from "./schemas.ts";

const orders = createOrders(createDatabase());

/** Half a second before Lambda would end it, a request that hangs is answered by 503. */
const deadline = timeoutGuard({ reserveMs: 500 });

const http = {
  timeoutGuard: deadline,
  payloadGuard: { methods: ["GET", "POST", "OPTIONS"] },
  securityHeaders: {
    cors: {
      origins: ["https://shop.example.com"],
      credentials: true,
      methods: ["GET", "POST"],
      allowedHeaders: ["content-type"],
    },
  },
} as const;

const protection = {
  ...http,
  secretsLoader: secretsLoader({
    secrets: { signingKey: { from: secretsManager("orders/signing-key") } },
    maxAgeMs: Number(process.env.SECRETS_MAX_AGE_MS ?? 300_000),
  }),
  kmsDecryptor: kmsDecryptor({ environment: { DB_PASSWORD: {} } }),
} as const;

interface Secrets {
  readonly signingKey: Secret<string>;
  readonly DB_PASSWORD: Secret<string>;
}

const callerOf = (event: AnyHttpEvent, { secrets }: { readonly secrets: Secrets }): Caller => ({
  origin: originOf(event),
  signingKey: secrets.signingKey.reveal(),
  databasePassword: secrets.DB_PASSWORD.reveal(),
});

const createOrder = middy(deadline.plugin)
  .use(harden({ ...protection, body: NewOrder, duplicateKeys: "reject", response: OrderAnswer }))
  .handler((event, context) => orders.create(event.body, callerOf(event, context)));

const getOrder = middy(deadline.plugin)
  .use(harden({ ...protection, path: OrderPath, response: OrderAnswer }))
  .handler((event, context) => orders.get(event.pathParameters.id, callerOf(event, context)));

const listOrders = middy(deadline.plugin)
  .use(harden({ ...protection, query: OrderQuery, response: OrderListAnswer }))
  .handler((event, context) => orders.list(event.queryStringParameters, callerOf(event, context)));

const notFound = middy(deadline.plugin)
  .use(harden(http))
  .handler(() => {
    throw new PublicError(404, { code: "route_not_found", detail: "There is nothing here." });
  });

export const handler = route({
  "POST /orders": createOrder,
  "GET /orders/{id}": getOrder,
  "GET /orders": listOrders,
  "*": notFound,
});
