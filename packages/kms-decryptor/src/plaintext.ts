/**
 * From ciphertext in base64 to a `Secret`.
 *
 * @module
 */
import { Secret } from "@middy-hardening/core";
import { undecryptable } from "./failure.ts";

/**
 * Decodes base64 as RFC 4648, section 4 has it: `Buffer` alone skips what is not base64.
 *
 * @throws DecryptionFailure for anything else.
 */
export function bytesOf(base64: string): Buffer {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.toString("base64") === base64) return bytes;
  throw undecryptable("it is not base64");
}

/**
 * A secret of its own copy of decrypted bytes, or of the text that they are; the caller keeps the
 * bytes and zeroes them.
 *
 * @throws DecryptionFailure when they are not UTF-8 but should be.
 */
export function secretOf(
  name: string,
  plaintext: Uint8Array,
  as: "text" | "bytes" = "text",
): Secret<string | Uint8Array> {
  if (as === "bytes") return new Secret(name, Uint8Array.from(plaintext));
  if (!process.getBuiltinModule("node:buffer").isUtf8(plaintext)) {
    throw undecryptable('it is not UTF-8 text (`as: "bytes"` takes it)');
  }
  return new Secret(
    name,
    Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength).toString(),
  );
}
