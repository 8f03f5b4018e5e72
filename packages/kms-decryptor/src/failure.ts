/**
 * Why a ciphertext did not become a value, in words that hold nothing of either.
 *
 * @module
 * @see "AWS Key Management Service API Reference": the errors of Decrypt and the common errors
 */

/** What messages and security events name as their source. */
export const SOURCE = "@middy-hardening/kms-decryptor";

/**
 * - `undecryptable`: the ciphertext, its key or its encryption context is not the right one;
 * - `misconfigured`: the deployment is wrong, such as a missing permission or variable;
 * - `unavailable`: KMS throttles, fails or cannot be reached.
 */
export type FailureKind = "undecryptable" | "misconfigured" | "unavailable";

/** A failed decryption. Its message is a phrase of ours, without the error that led to it. */
export class DecryptionFailure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, reason: string) {
    super(reason);
    this.name = "DecryptionFailure";
    this.kind = kind;
  }
}

export const undecryptable = (reason: string): DecryptionFailure =>
  new DecryptionFailure("undecryptable", reason);

export const misconfigured = (reason: string): DecryptionFailure =>
  new DecryptionFailure("misconfigured", reason);

export const unavailable = (reason: string): DecryptionFailure =>
  new DecryptionFailure("unavailable", reason);

/** What a caller can bring about: a validation fails on an encryption context taken from the event. */
const UNDECRYPTABLE = [
  "InvalidCiphertextException",
  "IncorrectKeyException",
  "ValidationException",
];

/** What a service answers with a status of the 400s although a later attempt may succeed. */
const THROTTLED = /Throttl|TooManyRequests|LimitExceeded|SlowDown/;

/** What this package reads of an error that an SDK client threw. */
interface ClientError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

/** An AWS error's own name; anything else might be text from elsewhere. */
const ERROR_NAME = /^[A-Z][A-Za-z]{2,47}(?:Exception|Error|Throttled|Throttling)$/;

/** Classifies what an SDK client threw; its message and fields, which may quote the request, end here. */
export function failureOf(thrown: unknown): DecryptionFailure {
  if (thrown instanceof DecryptionFailure) return thrown;
  const error = Object(thrown) as ClientError;
  const name = typeof error.name === "string" && ERROR_NAME.test(error.name) ? error.name : "error";
  const status = error.$metadata?.httpStatusCode;
  if (UNDECRYPTABLE.includes(name)) {
    return undecryptable(`KMS refused the ciphertext (${name})`);
  }
  if (typeof status !== "number") {
    // No answer came: the connection failed, or nothing was sent.
    const wasSent = typeof error.code === "string" || /^(?:Abort|Timeout)Error$/.test(name);
    return wasSent
      ? unavailable("KMS could not be reached")
      : misconfigured(`the KMS client could not make the call (${name})`);
  }
  // An error with a status below 300 is an answer that is none of KMS's own.
  const isFinal = status >= 300 && status < 500 && status !== 429 && !THROTTLED.test(name);
  return isFinal
    ? misconfigured(`KMS refused the call (${name})`)
    : unavailable(`KMS failed (${name}, status ${status})`);
}
