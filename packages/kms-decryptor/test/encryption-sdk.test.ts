import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  KmsKeyringNode,
} from "@aws-crypto/client-node";
import { KMS, KMSClient } from "@aws-sdk/client-kms";
import { isPublicError } from "@middy-hardening/core";
import { type LocalAws, startLocalAws } from "@middy-hardening/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FieldOptions, kmsDecryptor } from "../src/index.ts";
import { changeAnswers, inputsOf, run, tampered } from "./support.ts";

const TAX = "DE 123 456 789";
const ACCOUNT = "123456789012";

let aws: LocalAws;
let ordersArn: string;
let otherArn: string;
beforeAll(async () => {
  aws = await startLocalAws({ keys: ["alias/orders", "alias/other"] });
  ordersArn = aws.keyArn("alias/orders");
  otherArn = aws.keyArn("alias/other");
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.clearCalls();
  aws.clearFaults();
});

interface MessageSettings {
  readonly keys?: readonly [string, ...string[]];
  readonly context?: Readonly<Record<string, string>>;
  readonly isCommitted?: boolean;
}

/** A message as the sender's AWS Encryption SDK writes it. */
async function message(
  plaintext: string | Uint8Array = TAX,
  { keys = [ordersArn], context = {}, isCommitted = true }: MessageSettings = {},
): Promise<string> {
  const [generatorKeyId, ...keyIds] = keys;
  const keyring = new KmsKeyringNode({
    generatorKeyId,
    keyIds,
    clientProvider: () => new KMS(aws.clientConfig) as never,
  });
  const { encrypt } = buildClient(
    isCommitted
      ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
      : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT,
  );
  const { result } = await encrypt(keyring, Buffer.from(plaintext as string), {
    encryptionContext: context,
    ...(isCommitted
      ? {}
      : { suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA256 }),
  });
  aws.clearCalls();
  return result.toString("base64");
}

const decryptor = (
  field: Omit<FieldOptions, "format"> = { keyIds: [ordersArn] },
  options: { client?: KMSClient; timeoutMs?: number } = {},
) =>
  kmsDecryptor({
    fields: { "/tax": { format: "encryption-sdk", ...field } },
    ...(options.client === undefined ? { clientConfig: aws.clientConfig } : {}),
    ...options,
  });

const reveal = ({ tax }: { tax: { reveal(): unknown } }) => tax.reveal();

describe("a message of the AWS Encryption SDK", () => {
  test("is decrypted with a given key", async () => {
    const { outcome } = await run(decryptor(), { tax: await message() }, reveal);
    expect(outcome.result).toBe(TAX);
    expect(inputsOf(aws, "Decrypt")).toMatchObject([{ KeyId: ordersArn }]);
  });

  test("may be larger than what KMS itself encrypts", async () => {
    const long = "0123456789".repeat(2_000);
    const { outcome } = await run(decryptor(), { tax: await message(long) }, reveal);
    expect(outcome.result).toBe(long);
  });

  test("is decrypted with the keys of a given account", async () => {
    const middleware = decryptor({ discovery: { accountIds: [ACCOUNT] } });
    expect((await run(middleware, { tax: await message() }, reveal)).outcome.result).toBe(TAX);
  });

  test("that names several keys is decrypted with the one that is given", async () => {
    const tax = await message(TAX, { keys: [otherArn, ordersArn] });
    expect((await run(decryptor(), { tax }, reveal)).outcome.result).toBe(TAX);
    expect(inputsOf(aws, "Decrypt")).toMatchObject([{ KeyId: ordersArn }]);
  });

  test("is decrypted with another of its keys when one may not be used", async () => {
    aws.fault({ kind: "accessDenied", operation: "Decrypt", times: 1 });
    const tax = await message(TAX, { keys: [otherArn, ordersArn] });
    const middleware = decryptor({ keyIds: [otherArn, ordersArn] });
    expect((await run(middleware, { tax }, reveal)).outcome.result).toBe(TAX);
  });

  test("must have the encryption context that is asked for", async () => {
    const tax = await message(TAX, { context: { tenant: "acme", more: "too" } });
    const field = { keyIds: [ordersArn], encryptionContext: { tenant: "/tenant" } };
    expect((await run(decryptor(field), { tax, tenant: "acme" }, reveal)).outcome.result).toBe(TAX);
    const { error, handled } = await run(decryptor(field), { tax, tenant: "other" });
    expect(handled).toBe(0);
    expect(error).toMatchObject({ statusCode: 422, code: "decryption_failed" });
    const absent = { keyIds: [ordersArn], encryptionContext: { toString: "x" } };
    expect((await run(decryptor(absent), { tax })).error).toMatchObject({ statusCode: 422 });
  });
});

describe("a message is refused", () => {
  test("whose key is not among the given ones, without a call", async () => {
    const tax = await message(TAX, { keys: [otherArn] });
    const { error, events, handled } = await run(decryptor(), { tax });
    expect(handled).toBe(0);
    expect(error).toMatchObject({
      statusCode: 422,
      code: "decryption_failed",
      message: "The value at /tax could not be decrypted.",
    });
    expect(events).toMatchObject([{ name: "crypt_decrypt_fail", params: ["/tax"] }]);
    expect(aws.calls).toEqual([]);
  });

  test.each([
    ["account", { accountIds: ["999999999999"] }],
    ["partition", { accountIds: [ACCOUNT], partition: "aws-cn" }],
  ])("whose key is of another %s, without a call", async (_part, discovery) => {
    const { error } = await run(decryptor({ discovery }), { tax: await message() });
    expect(error).toMatchObject({ statusCode: 422 });
    expect(aws.calls).toEqual([]);
  });

  test("whose key is of another region, without a call: a message chooses no hosts", async () => {
    const client = new KMSClient({ ...aws.clientConfig, region: "us-east-1" });
    const middleware = decryptor({ discovery: { accountIds: [ACCOUNT] } }, { client });
    const { error } = await run(middleware, { tax: await message() });
    expect(error).toMatchObject({ statusCode: 422 });
    expect(aws.calls).toEqual([]);
  });

  test("that is not committed to its key", async () => {
    const tax = await message(TAX, { isCommitted: false });
    expect((await run(decryptor(), { tax })).error).toMatchObject({ statusCode: 422 });
    expect(aws.calls).toEqual([]);
  });

  test("that names more keys than ten, each of which may cost a call", async () => {
    const keys: [string, ...string[]] = [ordersArn, ...Array<string>(10).fill(ordersArn)];
    const { error } = await run(decryptor(), { tax: await message(TAX, { keys }) });
    expect(error).toMatchObject({ statusCode: 422 });
    expect(aws.calls).toEqual([]);
  });

  test("that was tampered with", async () => {
    const tax = tampered(await message());
    expect((await run(decryptor(), { tax })).error).toMatchObject({ statusCode: 422 });
  });

  test("that is cut off anywhere", async () => {
    const bytes = Buffer.from(await message(), "base64");
    for (let length = 0; length < bytes.length; length += 23) {
      const tax = bytes.subarray(0, length).toString("base64");
      const { error, handled } = await run(decryptor(), { tax });
      expect(handled).toBe(0);
      expect(error).toMatchObject({ statusCode: 422, code: "decryption_failed" });
    }
  });

  test("whose data key another key decrypted", async () => {
    const client = changeAnswers(new KMSClient(aws.clientConfig), (output) => {
      output.KeyId = otherArn;
    });
    const { error } = await run(decryptor(undefined, { client }), { tax: await message() });
    expect(error).toMatchObject({ statusCode: 422 });
  });

  test.each(["AQ==", "AgV4", "x", ""])("that is no message: %o", async (tax) => {
    expect((await run(decryptor(), { tax })).error).toMatchObject({ statusCode: 422 });
  });
});

describe("failures of KMS keep their meaning", () => {
  test.each(["throttle", "disconnect", "hang"] as const)("%s is 503", async (kind) => {
    const tax = await message();
    aws.fault({ kind });
    const { error } = await run(decryptor(undefined, { timeoutMs: 200 }), { tax });
    expect(error).toMatchObject({ statusCode: 503, code: "decryption_unavailable" });
  });

  test("of several keys, one that may still be decrypted counts", async () => {
    const tax = await message(TAX, { keys: [ordersArn, otherArn, ordersArn] });
    aws.fault({ kind: "accessDenied", times: 1 });
    const throttled = new KMSClient(aws.clientConfig);
    const middleware = decryptor(
      { keyIds: [ordersArn, otherArn] },
      { timeoutMs: 200, client: throttled },
    );
    let calls = 0;
    throttled.middlewareStack.add(
      (next) => async (args) => {
        calls += 1;
        if (calls === 2) aws.fault({ kind: "throttle" });
        return next(args);
      },
      { step: "initialize" },
    );
    expect((await run(middleware, { tax })).error).toMatchObject({ statusCode: 503 });
  });

  test("a missing permission for every key is for the log alone", async () => {
    const tax = await message(TAX, { keys: [ordersArn, ordersArn] });
    aws.fault({ kind: "accessDenied" });
    const { error } = await run(decryptor(), { tax });
    expect(isPublicError(error)).toBe(false);
    expect(error).toMatchObject({ message: expect.stringContaining("AccessDeniedException") });
  });

  test("a client without a region is for the log alone", async () => {
    const tax = await message();
    const client = new KMSClient({
      region: () => Promise.reject<string>(new Error("Region is missing")),
    });
    const { error } = await run(decryptor(undefined, { client }), { tax });
    expect(isPublicError(error)).toBe(false);
    expect(error).toMatchObject({ message: expect.stringContaining("could not make the call") });
  });
});
