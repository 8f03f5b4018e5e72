/**
 * `harden()` and each of its middlewares alone, with what each of them does.
 */
import type { MiddlewareObj } from "@middy/core";
import { errorSanitizer } from "@middy-hardening/error-sanitizer";
import { inputValidator } from "@middy-hardening/input-validator";
import { kmsDecryptor } from "@middy-hardening/kms-decryptor";
import { payloadGuard, responseGuard } from "@middy-hardening/payload-guard";
import { secretsLoader, secretsManager } from "@middy-hardening/secrets-loader";
import { securityHeaders } from "@middy-hardening/security-headers";
import { securityLogger } from "@middy-hardening/security-logger";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import * as z from "zod/mini";
import { harden } from "../../src/index.ts";
import { aws } from "./backends.ts";
import type { Made } from "./others.ts";

const body = z.object({ sku: z.string().check(z.maxLength(20)) });

/** What there is a test for. */
type Purpose =
  | "bound"
  | "decrypt"
  | "end in time"
  | "headers"
  | "load secrets"
  | "log"
  | "refuse"
  | "sanitize";

export interface Ours {
  readonly make: () => Made;
  readonly does: readonly Purpose[];
}

const ours = (make: () => unknown, ...does: readonly Purpose[]): Ours => ({
  make: () => ({ chain: [make()].flat() as MiddlewareObj[] }),
  does,
});

/** Bytes that an answer may have where it is bounded. */
export const MAX_BYTES = 4_000;

const secrets = (): MiddlewareObj =>
  secretsLoader({
    secrets: { apiKey: { from: secretsManager("api-key", { clientConfig: aws.clientConfig }) } },
  }) as MiddlewareObj;

const decryptor = (): MiddlewareObj =>
  kmsDecryptor({
    fields: { "/headers/x-card": { encryptionContext: { purpose: { literal: "card" } } } },
    clientConfig: aws.clientConfig,
  }) as unknown as MiddlewareObj;

export const OURS: Readonly<Record<string, Ours>> = {
  "harden()": ours(() => harden(), "refuse", "sanitize", "log", "headers"),
  "harden({ body })": ours(() => harden({ body }), "refuse", "sanitize", "log", "headers"),
  "harden() with all that it can have": {
    make: () => {
      const deadline = timeoutGuard();
      const chain = harden({
        body,
        responseGuard: { maxBytes: MAX_BYTES },
        secretsLoader: secrets(),
        kmsDecryptor: decryptor(),
        timeoutGuard: deadline,
      });
      return { chain: chain as unknown as MiddlewareObj[], plugin: deadline.plugin };
    },
    does: [
      ...["refuse", "sanitize", "log", "headers"],
      ...["bound", "decrypt", "end in time", "load secrets"],
    ] as Purpose[],
  },
  errorSanitizer: ours(() => errorSanitizer(), "sanitize"),
  securityLogger: ours(() => securityLogger(), "log"),
  responseGuard: ours(() => responseGuard({ maxBytes: MAX_BYTES }), "bound"),
  securityHeaders: ours(() => securityHeaders(), "headers"),
  secretsLoader: ours(secrets, "load secrets"),
  kmsDecryptor: ours(decryptor, "decrypt"),
  timeoutGuard: {
    make: () => {
      const deadline = timeoutGuard();
      return { chain: [deadline as unknown as MiddlewareObj], plugin: deadline.plugin };
    },
    does: ["end in time"],
  },
  "timeoutGuard without its plugin": ours(() => timeoutGuard()),
  payloadGuard: ours(() => payloadGuard(), "refuse"),
  inputValidator: ours(() => inputValidator({ body }), "refuse"),
};
