import { KMSClient } from "@aws-sdk/client-kms";
import { describe, expect, test } from "vitest";
import kmsDecryptor, { kmsDecryptor as named } from "../src/index.ts";

const ARN = "arn:aws:kms:eu-west-1:123456789012:key/0f0e0d0c-1111-2222-3333-444455556666";
const sdk = { format: "encryption-sdk" };

test("the factory is the default export too", () => {
  expect(kmsDecryptor).toBe(named);
});

describe("a wrong option is named at construction", () => {
  test.each<[object, string]>([
    [{ enviroment: {} }, 'unknown option "enviroment". Did you mean "environment"?'],
    [{ environment: [] }, 'option "environment" must be an object'],
    [{ environment: { A: null } }, 'environment["A"]: expected an object of options'],
    [{ environment: { A: { keyid: "x" } } }, 'environment["A"]: unknown option "keyid"'],
    [{ environment: { A: { keyId: "" } } }, 'option "keyId" must be a non-empty string'],
    [{ environment: { A: { as: "json" } } }, 'option "as" must be "text" or "bytes"'],
    [
      { environment: { A: { encryptionContext: { a: 1 } } } },
      'option "encryptionContext" must be an object of strings',
    ],
    [{ environment: { A: { encryptionContext: "a" } } }, "must be an object of strings"],
    [{ fields: { taxNumber: {} } }, 'fields["taxNumber"]: expected a JSON pointer'],
    [{ fields: { "": {} } }, "expected a JSON pointer"],
    [{ fields: { "/a~2": {} } }, "expected a JSON pointer"],
    [{ fields: { "/a": 5 } }, 'fields["/a"]: expected an object of options'],
    [{ fields: { "/a": { format: "jwe" } } }, 'option "format" must be "kms" or "encryption-sdk"'],
    [
      { fields: { "/a": { encryptionContext: { b: "/~" } } } },
      "an object of strings, JSON pointers",
    ],
    [{ fields: { "/a": { encryptionContext: { b: null } } } }, "an object of strings, JSON point"],
    [{ fields: { "/a": { encryptionContext: 5 } } }, "an object of strings, JSON pointers"],
    [{ fields: { "/a/*": { encryptionContext: { b: "/*/*" } } } }, 'has more "*" than the field'],
    [{ fields: { "/a": { keyIds: [ARN] } } }, 'are for the format "encryption-sdk"'],
    [{ fields: { "/a": { discovery: { accountIds: ["1"] } } } }, "are for the format"],
    [{ fields: { "/a": sdk } }, 'needs either "keyIds" or "discovery.accountIds"'],
    [{ fields: { "/a": { ...sdk, keyIds: ["alias/a"] } } }, "a non-empty array of key ARNs"],
    [{ fields: { "/a": { ...sdk, keyIds: [] } } }, "a non-empty array of key ARNs"],
    [{ fields: { "/a": { ...sdk, keyIds: ARN } } }, "a non-empty array of key ARNs"],
    [{ fields: { "/a": { ...sdk, keyIds: [ARN], keyId: ARN } } }, 'and no "keyId"'],
    [
      { fields: { "/a": { ...sdk, keyIds: [ARN], discovery: { accountIds: ["1"] } } } },
      "needs either",
    ],
    [{ fields: { "/a": { ...sdk, discovery: {} } } }, "needs either"],
    [{ fields: { "/a": { ...sdk, discovery: { accountIds: [] } } } }, "array of account ids"],
    [{ fields: { "/a": { ...sdk, discovery: { accounts: [] } } } }, '"accounts"'],
    [{ client: {}, clientConfig: {} }, 'give "client" or "clientConfig", not both'],
    [{ client: 5 }, 'option "client" must be an object'],
    [{ timeoutMs: 0 }, 'option "timeoutMs" must be a whole number of milliseconds, 1 or more'],
    [{ timeoutMs: Number.POSITIVE_INFINITY }, 'option "timeoutMs"'],
    [{ maxConcurrency: 0 }, 'option "maxConcurrency" must be a whole number of calls, 1 or more'],
    [{ maxFields: -1 }, 'option "maxFields" must be a whole number of fields, 0 or more'],
    [{ scrubEnvironment: "yes" }, 'option "scrubEnvironment" must be true or false'],
  ])("%j", (options, message) => {
    const construct = () => kmsDecryptor(options as Parameters<typeof kmsDecryptor>[0]);
    expect(construct).toThrow(TypeError);
    expect(construct).toThrow(/^@middy-hardening\/kms-decryptor: /);
    expect(construct).toThrow(message);
  });
});

test("right options are taken, and hooks are only those that are needed", () => {
  const full = kmsDecryptor({
    environment: { A: { keyId: "alias/a", encryptionContext: { a: "b" }, as: "text" } },
    fields: {
      "/a": { format: "kms", keyId: ARN, encryptionContext: { b: { literal: "/" }, c: "/c" } },
      "/b": { format: "encryption-sdk", keyIds: [ARN] },
      "/c/*": {
        format: "encryption-sdk",
        discovery: { accountIds: ["123456789012"], partition: "aws" },
        encryptionContext: { d: "/c/*/d" },
      },
    },
    client: new KMSClient({ region: "eu-west-1" }),
    timeoutMs: 1_000,
    maxConcurrency: 1,
    maxFields: Number.POSITIVE_INFINITY,
    scrubEnvironment: true,
  });
  expect(Object.values(full).map(({ name }) => name)).toEqual([
    "kmsDecryptorBefore",
    "kmsDecryptorAfter",
    "kmsDecryptorOnError",
  ]);
  expect(Object.keys(kmsDecryptor({ environment: {} }))).toEqual(["before"]);
});
