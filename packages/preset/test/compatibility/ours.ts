/**
 * `harden()` and each of its middlewares alone, with what each of them refuses.
 */
import type { MiddlewareObj } from "@middy/core";
import { errorSanitizer } from "@middy-hardening/error-sanitizer";
import { inputValidator } from "@middy-hardening/input-validator";
import { kmsDecryptor } from "@middy-hardening/kms-decryptor";
import { payloadGuard, responseGuard } from "@middy-hardening/payload-guard";
import { secretsLoader, secretsManager } from "@middy-hardening/secrets-loader";
import { securityHeaders } from "@middy-hardening/security-headers";
import { securityLogger } from "@middy-hardening/security-logger";
import { startLocalAws } from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { afterAll } from "vitest";
import * as z from "zod/mini";
import { harden } from "../../src/index.ts";

const aws = await startLocalAws({ secrets: { "api-key": "canary" }, keys: ["alias/orders"] });
afterAll(() => aws.close());

const body = z.object({ sku: z.string().check(z.maxLength(20)) });

export interface Ours {
  readonly make: () => MiddlewareObj[];
  /** What it does: a test for each of these. */
  readonly does: readonly ("refuse" | "sanitize" | "log" | "headers")[];
}

const ours = (make: () => unknown, ...does: Ours["does"]): Ours => ({
  make: () => [make()].flat() as MiddlewareObj[],
  does,
});

export const OURS: Readonly<Record<string, Ours>> = {
  "harden()": ours(() => harden(), "refuse", "sanitize", "log", "headers"),
  "harden({ body })": ours(() => harden({ body }), "refuse", "sanitize", "log", "headers"),
  errorSanitizer: ours(() => errorSanitizer(), "sanitize"),
  securityLogger: ours(() => securityLogger(), "log"),
  responseGuard: ours(() => responseGuard()),
  securityHeaders: ours(() => securityHeaders(), "headers"),
  secretsLoader: ours(() =>
    secretsLoader({
      secrets: { apiKey: { from: secretsManager("api-key", { clientConfig: aws.clientConfig }) } },
    }),
  ),
  kmsDecryptor: ours(() =>
    kmsDecryptor({
      fields: { "/headers/x-card": { encryptionContext: { purpose: "card" } } },
      clientConfig: aws.clientConfig,
    }),
  ),
  timeoutGuard: ours(() => timeoutGuard()),
  payloadGuard: ours(() => payloadGuard(), "refuse"),
  inputValidator: ours(() => inputValidator({ body }), "refuse"),
};
