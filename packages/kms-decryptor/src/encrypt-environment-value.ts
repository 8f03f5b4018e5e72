/**
 * The other side: the text for an environment variable that `kmsDecryptor` reads.
 *
 * @module
 */
import type { KMSClient, KMSClientConfig } from "@aws-sdk/client-kms";
import { SOURCE } from "./failure.ts";
import { loadKms } from "./kms.ts";

/** The largest plaintext that KMS takes, in bytes ("Encrypt" in the AWS KMS API Reference). */
const MAX_PLAINTEXT_BYTES = 4_096;

/** A value to encrypt, and for whom. */
export interface EnvironmentValue {
  /** The key: key id, key ARN, alias name or alias ARN. */
  readonly keyId: string;
  /** Text, or bytes; 1 to 4,096 bytes. */
  readonly value: string | Uint8Array;
  /** The function that will decrypt it: the encryption context is `{ LambdaFunctionName }` then. */
  readonly functionName?: string | undefined;
  /** The encryption context, in place of `functionName`. */
  readonly encryptionContext?: Readonly<Record<string, string>> | undefined;
  /** A KMS client of your own. */
  readonly client?: KMSClient | undefined;
  /** Configuration of the client that is made when none is given. */
  readonly clientConfig?: KMSClientConfig | undefined;
}

/**
 * Encrypts a value for an environment variable.
 *
 * ```ts
 * const text = await encryptEnvironmentValue({ keyId: "alias/orders", functionName: "orders", value });
 * ```
 *
 * @returns the ciphertext in base64.
 * @throws TypeError for a value that is empty or too long, or when not exactly one of
 *   `functionName` and `encryptionContext` is given; what the KMS client throws.
 */
export async function encryptEnvironmentValue(input: EnvironmentValue): Promise<string> {
  const { keyId, value, functionName, encryptionContext, client, clientConfig } = input;
  if ((functionName === undefined) === (encryptionContext === undefined)) {
    throw new TypeError(`${SOURCE}: give either "functionName" or "encryptionContext".`);
  }
  const plaintext = Buffer.from(value as string);
  try {
    if (plaintext.length === 0 || plaintext.length > MAX_PLAINTEXT_BYTES) {
      throw new TypeError(`${SOURCE}: a value has 1 to ${MAX_PLAINTEXT_BYTES} bytes.`);
    }
    const { EncryptCommand, KMSClient } = await loadKms();
    const kms = client ?? new KMSClient(clientConfig ?? {});
    const { CiphertextBlob: ciphertext } = await kms.send(
      new EncryptCommand({
        KeyId: keyId,
        Plaintext: plaintext,
        EncryptionContext: encryptionContext ?? { LambdaFunctionName: functionName as string },
      }),
    );
    if (ciphertext === undefined) throw new Error(`${SOURCE}: KMS gave no complete answer.`);
    return Buffer.from(ciphertext).toString("base64");
  } finally {
    plaintext.fill(0);
  }
}
