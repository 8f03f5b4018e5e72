/**
 * What stands in the place of a secret.
 *
 * @module
 */

/** What a secret is replaced by: `kind` says how it was known, if by more than its member's name. */
export type Mask = (secret: string, kind?: string) => string;

export const REDACTED = "[redacted]";

/** Without a key. */
export const maskByKind: Mask = (_secret, kind) =>
  kind === undefined ? REDACTED : `[redacted ${kind}]`;

/** 96 bits: enough to tell values apart, too few to store more than that. */
const HASH_DIGITS = 24;

export function createMask(hashKey: string | Uint8Array | undefined): Mask {
  if (hashKey === undefined) return maskByKind;
  // Loaded only by those who hash: it costs a cold start 3 ms.
  const { createHmac, createSecretKey } = process.getBuiltinModule("node:crypto");
  const key = createSecretKey(Buffer.from(hashKey as string));
  return (secret) => {
    const hash = createHmac("sha256", key).update(secret).digest("hex");
    return `[hmac ${hash.slice(0, HASH_DIGITS)}]`;
  };
}

/** What is masked already, by this redactor, by core or by whoever wrote the text. */
export const MASKED = /\[(?:redacted|secret|hmac)\b[^\]]{0,128}\]|\*{3,64}(?![^\s"'&;,)}\]])/iy;

export function isMasked(text: string): boolean {
  MASKED.lastIndex = 0;
  return MASKED.test(text) && MASKED.lastIndex === text.length;
}
