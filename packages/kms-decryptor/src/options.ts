/**
 * The options of the factory and their check.
 *
 * @module
 */
import type { KMSClient, KMSClientConfig } from "@aws-sdk/client-kms";
import {
  checkOptions,
  flag,
  limitOf,
  type OptionRule,
  oneOf,
  record,
  text,
  textList,
} from "@middy-hardening/core";
import { SOURCE } from "./failure.ts";
import { isPointer, parsePointer } from "./json-pointer.ts";

/** An environment variable that holds a ciphertext. */
export interface EnvironmentValueOptions {
  /**
   * The only key that may have encrypted the value: key id, key ARN, alias name or alias ARN. Default: the key
   * that the ciphertext names.
   */
  readonly keyId?: string | undefined;
  /**
   * What was authenticated with the value when it was encrypted; `{}` for nothing. Default: `{
   * LambdaFunctionName }` with the name of the function.
   */
  readonly encryptionContext?: Readonly<Record<string, string>> | undefined;
  /** Whether the secret is text (UTF-8) or a `Uint8Array`. Default: `text`. */
  readonly as?: "text" | "bytes" | undefined;
}

/** Where messages of the AWS Encryption SDK may have their keys. */
export interface DiscoveryOptions {
  /** The AWS accounts. Required. */
  readonly accountIds: readonly string[];
  /** Their partition. Default: `aws`. */
  readonly partition?: string | undefined;
}

/** A value of a field's encryption context: text, a pointer into the event, or text that begins with `/`. */
export type ContextValue = string | { readonly literal: string };

/** A place in the event that holds a ciphertext. */
export interface FieldOptions {
  /** What the ciphertext is: KMS's own, or a message of the AWS Encryption SDK. Default: `kms`. */
  readonly format?: "kms" | "encryption-sdk" | undefined;
  /**
   * Of the format `kms`: the only key that may have encrypted the value: key id, key ARN, alias name or alias
   * ARN. Default: the key that the ciphertext names.
   */
  readonly keyId?: string | undefined;
  /**
   * Of the format `encryption-sdk`: ARNs of the keys that may have encrypted the value. Default: none; give
   * these or `discovery`.
   */
  readonly keyIds?: readonly string[] | undefined;
  /**
   * Of the format `encryption-sdk`: any key of the given accounts may have encrypted the value. Default: none;
   * give this or `keyIds`.
   */
  readonly discovery?: DiscoveryOptions | undefined;
  /**
   * What was authenticated with the value when it was encrypted; text that begins with `/` is a pointer into the
   * event, and `{ literal }` holds such a text as it is. Default: none.
   */
  readonly encryptionContext?: Readonly<Record<string, ContextValue>> | undefined;
  /** Whether the secret is text (UTF-8) or a `Uint8Array`. Default: `text`. */
  readonly as?: "text" | "bytes" | undefined;
}

/** What {@link kmsDecryptor} decrypts, and how. */
export interface KmsDecryptorOptions {
  /** Environment variables that hold ciphertext in base64, by name. Default: none. */
  readonly environment?: Readonly<Record<string, EnvironmentValueOptions>> | undefined;
  /**
   * Places in the event that hold ciphertext in base64, by JSON pointer; the segment `*` stands for every
   * element of an array. Default: none.
   */
  readonly fields?: Readonly<Record<string, FieldOptions>> | undefined;
  /** A KMS client of your own. Default: one made with `clientConfig`. */
  readonly client?: KMSClient | undefined;
  /** Configuration of the client that this package makes. Default: the SDK's own, from the environment. */
  readonly clientConfig?: KMSClientConfig | undefined;
  /**
   * Time to decrypt the environment, and again for the fields of an event, attempts and pauses between them
   * included, in milliseconds; keep it below the function's timeout. Default: 2,000.
   */
  readonly timeoutMs?: number | undefined;
  /** Largest number of calls to KMS at the same time for one invocation. Default: 10. */
  readonly maxConcurrency?: number | undefined;
  /** Largest number of encrypted fields in one event. Default: 1,000. */
  readonly maxFields?: number | undefined;
  /** Whether a ciphertext is deleted from `process.env` once it is decrypted. Default: `false`. */
  readonly scrubEnvironment?: boolean | undefined;
}

const texts: OptionRule = {
  expected: "an object of strings",
  accepts: (value) =>
    record.accepts(value) && Object.values(value as object).every((one) => typeof one === "string"),
};

const contextValues: OptionRule = {
  expected: "an object of strings, JSON pointers or { literal: string }",
  accepts: (value) =>
    record.accepts(value) &&
    Object.values(value as object).every((one: unknown) => {
      if (typeof one !== "string") return typeof Object(one).literal === "string";
      return !one.startsWith("/") || isPointer(one);
    }),
};

const keyArns: OptionRule = {
  expected: "a non-empty array of key ARNs",
  accepts: (value) =>
    textList.accepts(value) &&
    (value as readonly string[]).length > 0 &&
    (value as readonly string[]).every((one) => /^arn:[^:]+:kms:[^:]+:\d+:key\/./.test(one)),
};

const accounts: OptionRule = {
  expected: "a non-empty array of account ids",
  accepts: (value) => textList.accepts(value) && (value as readonly string[]).length > 0,
};

/** Bounds that must let something through. */
const atLeastOne = (unit: string): OptionRule => ({
  expected: `a whole number of ${unit}, 1 or more`,
  accepts: (value) => Number.isSafeInteger(value) && (value as number) > 0,
});

const RULES = {
  environment: record,
  fields: record,
  client: record,
  clientConfig: record,
  timeoutMs: atLeastOne("milliseconds"),
  maxConcurrency: atLeastOne("calls"),
  maxFields: limitOf("fields"),
  scrubEnvironment: flag,
};

const AS = oneOf("text", "bytes");

/** @throws TypeError that names the option, for one that is unknown, wrong or contradicts another. */
export function checkAll(options: KmsDecryptorOptions): KmsDecryptorOptions {
  const {
    environment = {},
    fields = {},
    client,
    clientConfig,
  } = checkOptions<KmsDecryptorOptions>(SOURCE, options, RULES);
  if (client !== undefined && clientConfig !== undefined) {
    throw new TypeError(`${SOURCE}: give "client" or "clientConfig", not both.`);
  }
  for (const [name, value] of Object.entries(environment)) {
    checkOptions<EnvironmentValueOptions>(`${SOURCE}: environment["${name}"]`, value, {
      keyId: text,
      encryptionContext: texts,
      as: AS,
    });
  }
  for (const [pointer, field] of Object.entries(fields)) checkField(pointer, field);
  return options;
}

function checkField(pointer: string, field: FieldOptions): void {
  const owner = `${SOURCE}: fields["${pointer}"]`;
  if (!isPointer(pointer)) {
    throw new TypeError(
      `${owner}: expected a JSON pointer (RFC 6901) such as "/customer/taxNumber".`,
    );
  }
  const given = checkOptions<FieldOptions>(owner, field, {
    format: oneOf("kms", "encryption-sdk"),
    keyId: text,
    keyIds: keyArns,
    discovery: record,
    encryptionContext: contextValues,
    as: AS,
  });
  if (given.discovery !== undefined) {
    checkOptions<DiscoveryOptions>(`${owner}.discovery`, given.discovery, {
      accountIds: accounts,
      partition: text,
    });
  }
  const isMessage = given.format === "encryption-sdk";
  const sources =
    Number(given.keyIds !== undefined) + Number(given.discovery?.accountIds !== undefined);
  if (isMessage && (sources !== 1 || given.keyId !== undefined)) {
    throw new TypeError(
      `${owner}: the format "encryption-sdk" needs either "keyIds" or "discovery.accountIds", and no "keyId".`,
    );
  }
  if (!isMessage && (given.keyIds ?? given.discovery) !== undefined) {
    throw new TypeError(`${owner}: "keyIds" and "discovery" are for the format "encryption-sdk".`);
  }
  for (const value of Object.values(given.encryptionContext ?? {})) {
    if (starsOf(value) > starsOf(pointer)) {
      throw new TypeError(
        `${owner}: a pointer of "encryptionContext" has more "*" than the field's own.`,
      );
    }
  }
}

const starsOf = (value: ContextValue): number =>
  typeof value === "string" && value.startsWith("/")
    ? parsePointer(value).filter((segment) => segment === "*").length
    : 0;
