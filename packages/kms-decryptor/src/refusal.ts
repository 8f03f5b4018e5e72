/**
 * What a failed decryption is to the caller, to the log and to those who watch security events.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { PublicError, publishSecurityEvent, refuse } from "@middy-hardening/core";
import type { FailedVariable } from "./environment.ts";
import { type DecryptionFailure, SOURCE } from "./failure.ts";

const UNAVAILABLE = {
  statusCode: 503,
  code: "decryption_unavailable",
  detail: "Encrypted values cannot be read at the moment.",
  source: SOURCE,
  event: "crypt_decrypt_fail",
} as const;

/**
 * @throws PublicError 503 `decryption_unavailable`; a plain Error, which the caller does not read,
 *   for anything that the environment or the deployment is to blame for.
 */
export function refuseEnvironment(request: Request, failed: readonly FailedVariable[]): never {
  const names = failed.map(({ name }) => name);
  const reasons = failed.map(({ name, failure }) => `${name}: ${failure.message}`).join("; ");
  const error = new Error(`${SOURCE}: the environment could not be decrypted (${reasons}).`);
  if (failed.every(({ failure }) => failure.kind === "unavailable")) {
    refuse(request, { ...UNAVAILABLE, params: names, cause: error });
  }
  blocked(request, names, error.message);
  throw error;
}

/**
 * @throws PublicError 422 `decryption_failed` or 503 `decryption_unavailable`; a plain Error, which
 *   the caller does not read, for what the deployment is to blame for.
 */
export function refuseField(request: Request, pointer: string, failure: DecryptionFailure): never {
  const cause = new Error(`${SOURCE}: ${pointer} could not be decrypted (${failure.message}).`);
  const params = [pointer];
  if (failure.kind === "unavailable") refuse(request, { ...UNAVAILABLE, params, cause });
  blocked(request, params, cause.message);
  if (failure.kind === "misconfigured") throw cause;
  throw new PublicError(422, {
    code: "decryption_failed",
    detail: `The value at ${pointer} could not be decrypted.`,
    cause,
  });
}

function blocked(request: Request, params: readonly string[], description: string): void {
  publishSecurityEvent(request, {
    name: "crypt_decrypt_fail",
    params,
    outcome: "blocked",
    description,
    source: SOURCE,
    // Each run of a durable execution decrypts for itself.
    onReplay: "publish",
  });
}
