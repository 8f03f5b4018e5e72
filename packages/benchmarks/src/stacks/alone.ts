/** Each of our middlewares alone, with its defaults, around the handler of {@link ./middy-alone.ts}. */
import middy, { type MiddlewareObj } from "@middy/core";
import { errorSanitizer } from "@middy-hardening/error-sanitizer";
import { inputValidator } from "@middy-hardening/input-validator";
import { kmsDecryptor } from "@middy-hardening/kms-decryptor";
import { payloadGuard, responseGuard } from "@middy-hardening/payload-guard";
import { fromProvider, secretsLoader } from "@middy-hardening/secrets-loader";
import { securityHeaders } from "@middy-hardening/security-headers";
import { securityLogger } from "@middy-hardening/security-logger";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { memoryProvider } from "./memory-provider.ts";
import { type Handler, placeOrder, placeUnchecked } from "./order.ts";
import { OrderSchema } from "./order-zod-mini.ts";

/** Whatever types a middleware brings: this handler uses none of them. */
function around(middleware: unknown): Handler {
  const chain = middy<APIGatewayProxyEventV2>()
    .use(middleware as MiddlewareObj<APIGatewayProxyEventV2>)
    .handler(placeUnchecked);
  return chain;
}

function validated(): Handler {
  const chain = middy()
    .use(inputValidator({ body: OrderSchema }))
    .handler(async ({ body }) => placeOrder(body));
  return chain;
}

/** By package; made when asked for, so that a process has one of them. */
export const ALONE = {
  "error-sanitizer": () => around(errorSanitizer()),
  "security-logger": () => around(securityLogger()),
  "response-guard": () => around(responseGuard()),
  "security-headers": () => around(securityHeaders()),
  "timeout-guard": () => around(timeoutGuard()),
  "payload-guard": () => around(payloadGuard()),
  "secrets-loader": () =>
    around(secretsLoader({ secrets: { apiKey: { from: fromProvider(memoryProvider(), "key") } } })),
  "input-validator": validated,
  "kms-decryptor": () =>
    around(kmsDecryptor({ fields: { "/queryStringParameters/token": { keyId: "alias/orders" } } })),
} satisfies Readonly<Record<string, () => Handler>>;

export type Alone = keyof typeof ALONE;
