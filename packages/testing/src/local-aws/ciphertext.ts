/**
 * Ciphertext of the local KMS: AES-256-GCM, with the key's id in front and the encryption
 * context authenticated beside it.
 *
 *     1 byte   format, always 1
 *     1 byte   length of the key id
 *     n bytes  key id
 *     12 bytes initialization vector
 *     16 bytes authentication tag
 *     rest     ciphertext
 *
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Names and values that must be the same for decryption as for encryption. */
export type EncryptionContext = Readonly<Record<string, string>>;

const FORMAT = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts under a key of 32 bytes. */
export function seal(
  keyId: string,
  key: Uint8Array,
  plaintext: Uint8Array,
  context: EncryptionContext,
): Buffer {
  const id = Buffer.from(keyId);
  const header = Buffer.concat([Buffer.from([FORMAT, id.length]), id]);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(authenticated(header, context));
  const encrypted = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, iv, cipher.getAuthTag(), encrypted]);
}

/** The id of the key that a ciphertext names; `undefined` when it is no ciphertext of ours. */
export function keyIdOf(blob: Buffer): string | undefined {
  const headerEnd = 2 + (blob[1] ?? 0);
  if (blob[0] !== FORMAT || blob.length < headerEnd + IV_BYTES + TAG_BYTES) return undefined;
  return blob.subarray(2, headerEnd).toString();
}

/** The plaintext; `undefined` when the ciphertext, its header or the context is not the original. */
export function unseal(
  blob: Buffer,
  key: Uint8Array,
  context: EncryptionContext,
): Buffer | undefined {
  const headerEnd = 2 + (blob[1] as number);
  const ivEnd = headerEnd + IV_BYTES;
  const tagEnd = ivEnd + TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, blob.subarray(headerEnd, ivEnd))
    .setAAD(authenticated(blob.subarray(0, headerEnd), context))
    .setAuthTag(blob.subarray(ivEnd, tagEnd));
  try {
    return Buffer.concat([decipher.update(blob.subarray(tagEnd)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** The header and the context in one form, whatever the order in which its pairs were given. */
function authenticated(header: Buffer, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1));
  return Buffer.concat([header, Buffer.from(JSON.stringify(pairs))]);
}
