/**
 * Messages of the AWS Encryption SDK, whose data key is encrypted under KMS.
 *
 * @module
 * @see "AWS Encryption SDK message format reference", "Using keyrings" in its Developer Guide
 */
import { type DecryptionFailure, failureOf, misconfigured, undecryptable } from "./failure.ts";
import type { FieldDecryptor } from "./fields.ts";
import type { Kms } from "./kms.ts";
import type { DiscoveryOptions, FieldOptions } from "./options.ts";

/** A message may name 65,535 encrypted data keys, and each may cost a call. */
const MAX_ENCRYPTED_DATA_KEYS = 10;

type EncryptionSdk = typeof import("@aws-crypto/client-node");
type Keyring = InstanceType<EncryptionSdk["KmsKeyringNode"]>;
type KmsInterface = Exclude<ReturnType<Keyring["clientProvider"]>, false>;

/**
 * Decrypts messages whose data key is of the given keys or accounts and of the client's region.
 * Messages without key commitment are refused.
 */
export function messageDecryptor(kms: Kms, { keyIds, discovery }: FieldOptions): FieldDecryptor {
  const keys =
    keyIds === undefined ? discoveryOf(discovery as DiscoveryOptions) : { keyIds: [...keyIds] };
  return async (message, encryptionContext, budget) => {
    const sdk = await import("@aws-crypto/client-node").catch(() => {
      throw misconfigured("@aws-crypto/client-node could not be loaded");
    });
    const region = await kms.region();
    // The SDK reports the failures of several data keys as one text; the kind of the worst counts.
    let failure: DecryptionFailure | undefined;
    const client: KmsInterface = {
      async decrypt({ KeyId, CiphertextBlob, EncryptionContext }) {
        try {
          const answer = await kms.decrypt(
            { ciphertext: CiphertextBlob, encryptionContext: EncryptionContext, keyId: KeyId },
            budget,
          );
          return { Plaintext: answer.plaintext, KeyId: answer.keyArn };
        } catch (error) {
          const next = failureOf(error);
          if (failure === undefined || next.kind === "unavailable") failure = next;
          throw next;
        }
      },
      encrypt: decryptsOnly,
      generateDataKey: decryptsOnly,
    };
    const keyring = new sdk.KmsKeyringNode({
      // A message names its keys' regions: it must not choose the hosts that are called.
      clientProvider: (keyRegion) => keyRegion === region && client,
      ...keys,
    });
    const { decrypt } = sdk.buildClient({
      commitmentPolicy: sdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
      maxEncryptedDataKeys: MAX_ENCRYPTED_DATA_KEYS,
    });
    let output: Awaited<ReturnType<typeof decrypt>>;
    try {
      output = await decrypt(keyring, message);
    } catch {
      throw failure ?? undecryptable("the message was refused");
    }
    // The message brings its own context: authenticated, but whichever its author chose.
    const { encryptionContext: actual } = output.messageHeader;
    for (const [name, value] of Object.entries(encryptionContext)) {
      if (Object.hasOwn(actual, name) && actual[name] === value) continue;
      output.plaintext.fill(0);
      throw undecryptable("it has another encryption context");
    }
    return output.plaintext;
  };
}

const discoveryOf = ({ accountIds, partition = "aws" }: DiscoveryOptions) => ({
  discovery: true,
  discoveryFilter: { accountIDs: [...accountIds], partition },
});

/* v8 ignore next 3 -- for the interface's sake: a keyring calls these to encrypt only */
const decryptsOnly = (): never => {
  throw misconfigured("only decryption was expected");
};
