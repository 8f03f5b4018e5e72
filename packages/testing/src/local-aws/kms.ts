/**
 * The local Key Management Service: symmetric keys, aliases, and ciphertext that is encrypted
 * for real.
 *
 * @module
 * @see "AWS Key Management Service API Reference"
 */
import { randomBytes, randomUUID } from "node:crypto";
import { AwsError, validationError } from "./aws-error.ts";
import { type EncryptionContext, keyIdOf, seal, unseal } from "./ciphertext.ts";
import {
  bytes,
  type Input,
  optionalInteger,
  optionalText,
  refuseMembers,
  text,
  textRecord,
} from "./input.ts";
import { epochSeconds, type Place, type Service } from "./service.ts";

const MAX_PLAINTEXT_BYTES = 4_096;
const MAX_CIPHERTEXT_BYTES = 6_144;
const ALIAS = /^alias\/[\w/-]+$/;

interface Key {
  readonly id: string;
  readonly arn: string;
  readonly material: Buffer;
  readonly created: Date;
  readonly description: string;
  readonly manager: "AWS" | "CUSTOMER";
  enabled: boolean;
}

/** The service, and what the endpoint itself does with its keys. */
export interface Kms extends Service {
  /** Adds a key: an alias (`alias/...`) gets a key of its own, anything else is the key's id. */
  addKey(name: string): void;
  /** @throws AwsError for a key that is unknown or disabled. */
  encrypt(keyId: string, plaintext: Uint8Array, context: EncryptionContext): Buffer;
  /** @throws AwsError for a ciphertext, context or key that does not fit. */
  decrypt(blob: Buffer, context: EncryptionContext): Buffer;
  /** @throws AwsError for a key that is unknown. */
  arnOf(keyId: string): string;
}

export function kms(place: Place): Kms {
  const arnPrefix = `arn:aws:kms:${place.region}:${place.accountId}:`;
  const keys = new Map<string, Key>();
  /** Key ids by alias name. */
  const aliases = new Map<string, string>();

  const createKey = (id: string, description: string, manager: Key["manager"]): Key => {
    const key: Key = {
      id,
      arn: `${arnPrefix}key/${id}`,
      material: randomBytes(32),
      created: new Date(),
      description,
      manager,
      enabled: true,
    };
    keys.set(id, key);
    return key;
  };

  /** The key of an id, key ARN, alias name or alias ARN. */
  const find = (name: string): Key => {
    const local = name.startsWith(arnPrefix) ? name.slice(arnPrefix.length) : name;
    if (local.startsWith("alias/")) {
      const id = aliases.get(local);
      if (id === undefined) throw notFound(`Alias ${arnPrefix}${local} is not found.`);
      return keys.get(id) as Key;
    }
    const id = local === name ? name : local.slice("key/".length);
    const key = keys.get(id);
    if (key === undefined) throw notFound(`Key '${arnPrefix}key/${id}' does not exist`);
    return key;
  };

  const usable = (key: Key): Key => {
    if (!key.enabled) throw new AwsError("DisabledException", `${key.arn} is disabled.`);
    return key;
  };

  const addKey = (name: string): void => {
    if (!name.startsWith("alias/")) createKey(name, "", "CUSTOMER");
    else aliases.set(name, createKey(randomUUID(), "", "CUSTOMER").id);
  };
  for (const service of ["secretsmanager", "ssm"]) {
    const description = `Default key of ${service}`;
    aliases.set(`alias/aws/${service}`, createKey(randomUUID(), description, "AWS").id);
  }

  const encryptWith = (key: Key, plaintext: Uint8Array, context: EncryptionContext): Buffer =>
    seal(key.id, usable(key).material, plaintext, context);

  const decryptWith = (
    blob: Buffer,
    context: EncryptionContext,
    expected: Key | undefined,
  ): [key: Key, plaintext: Buffer] => {
    const key = keys.get(keyIdOf(blob) ?? "");
    if (key === undefined) throw new AwsError("InvalidCiphertextException", "");
    if (expected !== undefined && expected !== key) {
      throw new AwsError(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
      );
    }
    const plaintext = unseal(blob, usable(key).material, context);
    if (plaintext === undefined) throw new AwsError("InvalidCiphertextException", "");
    return [key, plaintext];
  };

  const generateDataKey = (input: Input) => {
    refuseMembers(input, "DryRun", "Recipient");
    const key = find(text(input, "KeyId"));
    const plaintext = randomBytes(dataKeyBytes(input));
    const blob = encryptWith(key, plaintext, textRecord(input, "EncryptionContext"));
    return { CiphertextBlob: blob.toString("base64"), KeyId: key.arn, plaintext };
  };

  return {
    target: "TrentService",
    messageMember: "message",
    actionPrefix: "kms",
    throttled: { statusCode: 400 },
    denied: { statusCode: 400 },
    failed: { code: "KMSInternalException" },
    addKey,
    encrypt: (keyId, plaintext, context) => encryptWith(find(keyId), plaintext, context),
    decrypt: (blob, context) => decryptWith(blob, context, undefined)[1],
    arnOf: (keyId) => find(keyId).arn,
    operations: {
      CreateKey(input) {
        for (const [name, supported] of [
          ["KeySpec", "SYMMETRIC_DEFAULT"],
          ["CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"],
          ["KeyUsage", "ENCRYPT_DECRYPT"],
          ["Origin", "AWS_KMS"],
        ] as const) {
          if ((optionalText(input, name) ?? supported) !== supported) {
            throw unsupported(`The local AWS endpoint supports ${name} ${supported} only.`);
          }
        }
        const description = optionalText(input, "Description") ?? "";
        return { KeyMetadata: metadata(createKey(randomUUID(), description, "CUSTOMER"), place) };
      },
      CreateAlias(input) {
        const name = text(input, "AliasName");
        if (!ALIAS.test(name)) throw validationError("Invalid identifier");
        if (name.startsWith("alias/aws/")) throw new AwsError("NotAuthorizedException", "");
        const key = find(text(input, "TargetKeyId"));
        if (aliases.has(name)) {
          throw new AwsError(
            "AlreadyExistsException",
            `An alias with the name ${arnPrefix}${name} already exists`,
          );
        }
        aliases.set(name, key.id);
        return {};
      },
      DescribeKey: (input) => ({ KeyMetadata: metadata(find(text(input, "KeyId")), place) }),
      DisableKey(input) {
        find(text(input, "KeyId")).enabled = false;
        return {};
      },
      EnableKey(input) {
        find(text(input, "KeyId")).enabled = true;
        return {};
      },
      Encrypt(input) {
        refuseMembers(input, "DryRun");
        const key = find(text(input, "KeyId"));
        requireSymmetric(input);
        const plaintext = bytes(input, "Plaintext", MAX_PLAINTEXT_BYTES);
        const blob = encryptWith(key, plaintext, textRecord(input, "EncryptionContext"));
        return {
          CiphertextBlob: blob.toString("base64"),
          KeyId: key.arn,
          EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
        };
      },
      Decrypt(input) {
        refuseMembers(input, "DryRun", "Recipient");
        requireSymmetric(input);
        const blob = bytes(input, "CiphertextBlob", MAX_CIPHERTEXT_BYTES);
        const context = textRecord(input, "EncryptionContext");
        const keyId = optionalText(input, "KeyId");
        const expected = keyId === undefined ? undefined : find(keyId);
        const [key, plaintext] = decryptWith(blob, context, expected);
        return {
          KeyId: key.arn,
          Plaintext: plaintext.toString("base64"),
          EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
        };
      },
      GenerateDataKey(input) {
        const { plaintext, ...answer } = generateDataKey(input);
        return { ...answer, Plaintext: plaintext.toString("base64") };
      },
      GenerateDataKeyWithoutPlaintext(input) {
        const { plaintext: _, ...answer } = generateDataKey(input);
        return answer;
      },
    },
  };
}

function requireSymmetric(input: Input): void {
  const algorithm = optionalText(input, "EncryptionAlgorithm") ?? "SYMMETRIC_DEFAULT";
  if (algorithm === "SYMMETRIC_DEFAULT") return;
  throw new AwsError("InvalidKeyUsageException", `The key does not support ${algorithm}.`);
}

function dataKeyBytes(input: Input): number {
  const spec = optionalText(input, "KeySpec");
  const size = optionalInteger(input, "NumberOfBytes", 1, 1_024);
  if ((spec === undefined) === (size === undefined)) {
    throw validationError("Please specify either number of bytes or key spec.");
  }
  if (size !== undefined) return size;
  if (spec === "AES_256") return 32;
  if (spec === "AES_128") return 16;
  throw validationError("KeySpec must be AES_256 or AES_128.");
}

const metadata = (key: Key, place: Place): object => ({
  AWSAccountId: place.accountId,
  Arn: key.arn,
  KeyId: key.id,
  CreationDate: epochSeconds(key.created),
  CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
  Description: key.description,
  Enabled: key.enabled,
  EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
  KeyManager: key.manager,
  KeySpec: "SYMMETRIC_DEFAULT",
  KeyState: key.enabled ? "Enabled" : "Disabled",
  KeyUsage: "ENCRYPT_DECRYPT",
  MultiRegion: false,
  Origin: "AWS_KMS",
});

const notFound = (message: string): AwsError => new AwsError("NotFoundException", message);

const unsupported = (message: string): AwsError =>
  new AwsError("UnsupportedOperationException", message);
