import { KMSClient } from "@aws-sdk/client-kms";
import middy from "@middy/core";
import { addSecrets, isPublicError, Secret } from "@middy-hardening/core";
import {
  invoke,
  type LocalAws,
  type LocalAwsFaultKind,
  startLocalAws,
} from "@middy-hardening/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type KmsDecryptorOptions, kmsDecryptor } from "../src/index.ts";
import { changeAnswers, countConcurrency, inputsOf, run, tampered } from "./support.ts";

const KEY_ID = "0f0e0d0c-1111-2222-3333-444455556666";
const context = { purpose: "db" };
const VALUE = "correct horse battery staple";

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws({ keys: ["alias/orders", "alias/other", KEY_ID] });
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.clearCalls();
  aws.clearFaults();
  vi.stubEnv("DB_PASSWORD", aws.encrypt("alias/orders", VALUE, context));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const decryptor = (options: KmsDecryptorOptions = {}) =>
  kmsDecryptor({
    environment: { DB_PASSWORD: { encryptionContext: context } },
    ...(options.client === undefined ? { clientConfig: aws.clientConfig } : {}),
    ...options,
  });

const reveal = (_event: unknown, { secrets }: { secrets: Record<string, Secret<string>> }) =>
  secrets.DB_PASSWORD?.reveal();

describe("an environment value", () => {
  test("arrives as a secret beside those of other middlewares", async () => {
    const handler = middy()
      .before((request) => addSecrets(request.context, { loaded: new Secret("loaded", "before") }))
      .use(
        kmsDecryptor({
          environment: { DB_PASSWORD: { encryptionContext: context } },
          clientConfig: aws.clientConfig,
        }),
      )
      .handler((_event, { secrets }) => [
        secrets.DB_PASSWORD.reveal(),
        `${secrets.DB_PASSWORD}`,
        Object.keys(secrets),
      ]);
    expect((await invoke(handler, {})).result).toEqual([
      VALUE,
      "[secret DB_PASSWORD]",
      ["loaded", "DB_PASSWORD"],
    ]);
  });

  test("is decrypted once for all invocations of an environment", async () => {
    const middleware = decryptor();
    for (let invocation = 0; invocation < 3; invocation++) {
      expect((await run(middleware, {}, reveal)).outcome.result).toBe(VALUE);
    }
    expect(inputsOf(aws, "Decrypt")).toHaveLength(1);
  });

  test("costs no promise once it is decrypted", async () => {
    const middleware = decryptor();
    await run(middleware);
    const request = { event: {}, context: {}, internal: {} };
    expect(middleware.before?.(request as never)).toBeUndefined();
    expect(request.context).toHaveProperty("secrets.DB_PASSWORD");
  });

  test("is decrypted once for invocations that run at the same time", async () => {
    const middleware = decryptor();
    const runs = await Promise.all([1, 2, 3].map(() => run(middleware, {}, reveal)));
    expect(runs.map(({ outcome }) => outcome.result)).toEqual([VALUE, VALUE, VALUE]);
    expect(inputsOf(aws, "Decrypt")).toHaveLength(1);
  });

  test("is bytes on demand, of a copy of its own", async () => {
    const bytes = Uint8Array.of(0, 255, 128);
    vi.stubEnv("DB_PASSWORD", aws.encrypt("alias/orders", bytes, context));
    let plaintext = new Uint8Array();
    const client = changeAnswers(new KMSClient(aws.clientConfig), (output) => {
      plaintext = output.Plaintext;
    });
    const middleware = decryptor({
      environment: { DB_PASSWORD: { encryptionContext: context, as: "bytes" } },
      client,
    });
    const { outcome } = await run(middleware, {}, (_event, { secrets }) => [
      ...secrets.DB_PASSWORD.reveal(),
    ]);
    expect(outcome.result).toEqual([0, 255, 128]);
    expect([...plaintext]).toEqual([0, 0, 0]);
  });

  test("leaves no plaintext in the client's buffer", async () => {
    let plaintext = new Uint8Array();
    const client = changeAnswers(new KMSClient(aws.clientConfig), (output) => {
      plaintext = output.Plaintext;
    });
    expect((await run(decryptor({ client }), {}, reveal)).outcome.result).toBe(VALUE);
    expect(plaintext).toEqual(new Uint8Array(VALUE.length));
  });

  test("may have been pasted with white space around it", async () => {
    vi.stubEnv("DB_PASSWORD", ` ${process.env.DB_PASSWORD}\n`);
    expect((await run(decryptor(), {}, reveal)).outcome.result).toBe(VALUE);
  });
});

describe("on Lambda", () => {
  beforeEach(() => {
    vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "orders");
  });

  test("a value that the console encrypted for the function is decrypted without options", async () => {
    const encrypted = aws.encrypt("alias/orders", VALUE, { LambdaFunctionName: "orders" });
    vi.stubEnv("DB_PASSWORD", encrypted);
    const middleware = decryptor({ environment: { DB_PASSWORD: {} } });
    expect((await run(middleware, {}, reveal)).outcome.result).toBe(VALUE);
    expect(inputsOf(aws, "Decrypt")).toEqual([
      { CiphertextBlob: encrypted, EncryptionContext: { LambdaFunctionName: "orders" } },
    ]);
  });

  test("a value that was encrypted for another function is refused", async () => {
    const encrypted = aws.encrypt("alias/orders", VALUE, { LambdaFunctionName: "billing" });
    vi.stubEnv("DB_PASSWORD", encrypted);
    const { error, handled } = await run(decryptor({ environment: { DB_PASSWORD: {} } }));
    expect(handled).toBe(0);
    expect(error).toMatchObject({
      message: expect.stringContaining("DB_PASSWORD: KMS refused the ciphertext"),
    });
  });

  test("decryption starts in the init phase", async () => {
    const middleware = decryptor();
    await vi.waitFor(() => expect(aws.calls).toMatchObject([{ outcome: "ok" }]));
    expect((await run(middleware, {}, reveal)).outcome.result).toBe(VALUE);
    expect(aws.calls).toHaveLength(1);
  });

  test("an invocation that comes while the init phase decrypts waits for it", async () => {
    const middleware = decryptor();
    expect((await run(middleware, {}, reveal)).outcome.result).toBe(VALUE);
    expect(aws.calls).toHaveLength(1);
  });

  test("a failure in the init phase is quiet, and the first invocation tries again", async () => {
    aws.fault({ kind: "accessDenied", times: 1 });
    const middleware = decryptor();
    await vi.waitFor(() => expect(aws.calls).toMatchObject([{ outcome: "AccessDeniedException" }]));
    const { outcome, events } = await run(middleware, {}, reveal);
    expect(outcome.result).toBe(VALUE);
    expect(events).toEqual([]);
    expect(aws.calls).toHaveLength(2);
  });

  test("nothing is called in the init phase when no variable is configured", async () => {
    expect((await run(decryptor({ environment: {} }))).handled).toBe(1);
    expect(aws.calls).toEqual([]);
  });
});

test("elsewhere nothing is called before the first invocation", async () => {
  const middleware = decryptor();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(aws.calls).toEqual([]);
  await run(middleware);
  expect(aws.calls).toHaveLength(1);
});

describe("a given key", () => {
  test.each([
    ["key id", () => KEY_ID],
    ["key ARN", () => aws.keyArn(KEY_ID)],
  ])("is sent and compared with the answer's as a %s", async (_form, keyId) => {
    vi.stubEnv("DB_PASSWORD", aws.encrypt(KEY_ID, VALUE, context));
    const options = { DB_PASSWORD: { encryptionContext: context, keyId: keyId() } };
    const { outcome } = await run(decryptor({ environment: options }), {}, reveal);
    expect(outcome.result).toBe(VALUE);
    expect(inputsOf(aws, "Decrypt")).toMatchObject([{ KeyId: keyId() }]);

    // An endpoint in between that lets another key decrypt.
    let plaintext = new Uint8Array();
    const client = changeAnswers(new KMSClient(aws.clientConfig), (output) => {
      plaintext = output.Plaintext;
      output.KeyId = `${aws.keyArn("alias/other")}`;
    });
    const { error, handled, events } = await run(decryptor({ environment: options, client }));
    expect(handled).toBe(0);
    expect(error).toMatchObject({
      message: expect.stringContaining("another key decrypted it than the given one"),
    });
    expect(plaintext.every((byte) => byte === 0)).toBe(true);
    expect(events).toMatchObject([{ name: "crypt_decrypt_fail", params: ["DB_PASSWORD"] }]);
  });

  test.each([
    ["alias name", () => "alias/orders"],
    ["alias ARN", () => "arn:aws:kms:eu-west-1:123456789012:alias/orders"],
  ])("is sent as an %s, which the answer does not name", async (_form, keyId) => {
    const options = { DB_PASSWORD: { encryptionContext: context, keyId: keyId() } };
    const { outcome } = await run(decryptor({ environment: options }), {}, reveal);
    expect(outcome.result).toBe(VALUE);
    expect(inputsOf(aws, "Decrypt")).toMatchObject([{ KeyId: keyId() }]);
  });

  test("refuses what another key encrypted", async () => {
    const options = { DB_PASSWORD: { encryptionContext: context, keyId: "alias/other" } };
    const { error, handled } = await run(decryptor({ environment: options }));
    expect(handled).toBe(0);
    expect(error).toMatchObject({ message: expect.stringContaining("IncorrectKeyException") });
  });
});

describe("what cannot be decrypted stops the invocation with an error for the log alone", () => {
  const secret = () => process.env.DB_PASSWORD as string;
  test.each<[string, () => string | undefined, string]>([
    ["tampered ciphertext", () => tampered(secret()), "InvalidCiphertextException"],
    ["text that is not base64", () => "not base64!", "it is not base64"],
    ["base64 with a stray character", () => `${secret()}*`, "it is not base64"],
    ["an empty value", () => "", "a length that no ciphertext of KMS has"],
    ["6,145 bytes", () => Buffer.alloc(6_145).toString("base64"), "a length that no ciphertext"],
    ["a missing variable", () => undefined, "DB_PASSWORD: it is not set"],
    [
      "a value encrypted with another context",
      () => aws.encrypt("alias/orders", VALUE, { purpose: "other" }),
      "InvalidCiphertextException",
    ],
    [
      "bytes that are no text",
      () => aws.encrypt("alias/orders", Uint8Array.of(0xff, 0xfe), context),
      "it is not UTF-8 text",
    ],
  ])("%s", async (_case, value, reason) => {
    vi.stubEnv("DB_PASSWORD", value());
    const { outcome, error, events, handled } = await run(decryptor());
    expect(handled).toBe(0);
    expect(isPublicError(error)).toBe(false);
    expect(error).not.toHaveProperty("cause");
    expect(outcome.error?.errorMessage).toContain(
      "@middy-hardening/kms-decryptor: the environment could not be decrypted (DB_PASSWORD: ",
    );
    expect(outcome.error?.errorMessage).toContain(reason);
    expect(events).toMatchObject([
      {
        name: "crypt_decrypt_fail",
        params: ["DB_PASSWORD"],
        outcome: "blocked",
        source: "@middy-hardening/kms-decryptor",
        description: outcome.error?.errorMessage,
      },
    ]);
  });

  test("a function without the permission", async () => {
    aws.fault({ kind: "accessDenied" });
    const { error, events, handled } = await run(decryptor());
    expect(handled).toBe(0);
    expect(isPublicError(error)).toBe(false);
    expect(error).toMatchObject({
      message: expect.stringContaining("KMS refused the call (AccessDeniedException)"),
    });
    expect(events).toMatchObject([{ name: "crypt_decrypt_fail", outcome: "blocked" }]);
    expect(aws.calls).toHaveLength(1);
  });

  test("a client that cannot make the call", async () => {
    const client = new KMSClient({
      ...aws.clientConfig,
      credentials: () => Promise.reject(new Error(`no credentials with ${VALUE}`)),
    });
    const { error } = await run(decryptor({ client }));
    expect(error).toMatchObject({
      message: expect.stringContaining("the KMS client could not make the call (error)"),
    });
    expect((error as Error).message).not.toContain(VALUE);
  });

  test("no function name and no context to decrypt with", async () => {
    vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", undefined);
    const { error } = await run(decryptor({ environment: { DB_PASSWORD: {} } }));
    expect(error).toMatchObject({
      message: expect.stringContaining("it needs the option encryptionContext"),
    });
  });

  test("also in the next invocation, until the cause is gone", async () => {
    const middleware = decryptor();
    const denied = aws.fault({ kind: "accessDenied" });
    expect((await run(middleware)).handled).toBe(0);
    expect((await run(middleware)).handled).toBe(0);
    denied.remove();
    expect((await run(middleware, {}, reveal)).outcome.result).toBe(VALUE);
  });
});

describe("when KMS is unavailable", () => {
  const kinds: LocalAwsFaultKind[] = ["throttle", "internalError", "disconnect", "garbage", "hang"];

  test.each(kinds)("%s: the caller is told 503 when the time is up", async (kind) => {
    aws.fault({ kind });
    const { error, events, handled } = await run(decryptor({ timeoutMs: 400 }));
    expect(handled).toBe(0);
    expect(isPublicError(error)).toBe(true);
    expect(error).toMatchObject({
      statusCode: 503,
      code: "decryption_unavailable",
      message: "Encrypted values cannot be read at the moment.",
      cause: { message: expect.stringContaining("DB_PASSWORD: KMS") },
    });
    expect(events).toMatchObject([
      { name: "crypt_decrypt_fail", params: ["DB_PASSWORD"], outcome: "blocked" },
    ]);
    expect(aws.calls).not.toEqual([]);
  });

  test.each(kinds)("%s: a call is tried again within the time", async (kind) => {
    aws.fault({ kind, times: kind === "hang" ? 1 : 2 });
    // An attempt that hangs is given up after half of the time.
    const timeoutMs = kind === "hang" ? 1_500 : 10_000;
    const { outcome, events } = await run(decryptor({ timeoutMs }), {}, reveal);
    expect(outcome.result).toBe(VALUE);
    expect(events).toEqual([]);
    expect(aws.calls).toHaveLength(kind === "hang" ? 2 : 3);
  });

  test("an answer without a plaintext is none", async () => {
    let answers = 0;
    const client = changeAnswers(new KMSClient(aws.clientConfig), (output) => {
      if (answers++ === 0) delete output.Plaintext;
    });
    expect((await run(decryptor({ client }), {}, reveal)).outcome.result).toBe(VALUE);
    expect(answers).toBe(2);
  });

  test("a source of credentials that never answers does not outlast the time", async () => {
    const client = new KMSClient({
      ...aws.clientConfig,
      credentials: () => new Promise(() => {}),
    });
    const { error } = await run(decryptor({ client, timeoutMs: 50 }));
    expect(error).toMatchObject({ statusCode: 503 });
  });

  test("the next invocation tries again", async () => {
    const middleware = decryptor({ timeoutMs: 60 });
    aws.fault({ kind: "throttle" });
    expect((await run(middleware)).error).toMatchObject({ statusCode: 503 });
    aws.clearFaults();
    expect((await run(middleware, {}, reveal)).outcome.result).toBe(VALUE);
  });

  test("a value that is wrong for good counts for more than one that may still come", async () => {
    vi.stubEnv("API_KEY", "not base64!");
    aws.fault({ kind: "throttle" });
    const { error, events } = await run(
      decryptor({
        environment: { DB_PASSWORD: { encryptionContext: context }, API_KEY: {} },
        timeoutMs: 60,
      }),
    );
    expect(isPublicError(error)).toBe(false);
    expect(events).toMatchObject([{ params: ["API_KEY", "DB_PASSWORD"] }]);
  });
});

describe("several values", () => {
  const names = Array.from({ length: 12 }, (_, index) => `VALUE_${index}`);
  const environment = Object.fromEntries(
    names.map((name) => [name, { encryptionContext: { name } }]),
  );
  beforeEach(() => {
    for (const name of names) vi.stubEnv(name, aws.encrypt("alias/orders", name, { name }));
  });

  test("are decrypted side by side within the bound", async () => {
    const client = new KMSClient(aws.clientConfig);
    const concurrency = countConcurrency(client);
    const { outcome } = await run(
      decryptor({ environment, client, maxConcurrency: 3 }),
      {},
      (_event, { secrets }) => names.map((name) => secrets[name].reveal()),
    );
    expect(outcome.result).toEqual(names);
    expect(concurrency.most).toBe(3);
  });

  test("that came are not decrypted again when another one failed", async () => {
    aws.fault({ kind: "accessDenied", times: 1 });
    const middleware = decryptor({ environment });
    const { error } = await run(middleware);
    expect(error).toMatchObject({ message: expect.stringMatching(/VALUE_\d+: KMS refused/) });
    expect(aws.calls).toHaveLength(12);
    expect((await run(middleware)).handled).toBe(1);
    expect(aws.calls).toHaveLength(13);
  });

  test("beyond the time are not called for", async () => {
    aws.fault({ kind: "hang" });
    const options = { environment, maxConcurrency: 1, timeoutMs: 80 };
    expect((await run(decryptor(options))).error).toMatchObject({ statusCode: 503 });
    expect(aws.calls.length).toBeLessThan(12);
  });
});

describe("process.env", () => {
  test("keeps the ciphertext, and never gets the plain value", async () => {
    const before = { ...process.env };
    expect((await run(decryptor(), {}, reveal)).outcome.result).toBe(VALUE);
    expect({ ...process.env }).toEqual(before);
  });

  test("loses the ciphertext once it is decrypted when it shall be scrubbed", async () => {
    const middleware = decryptor({ scrubEnvironment: true });
    const denied = aws.fault({ kind: "accessDenied" });
    expect((await run(middleware)).handled).toBe(0);
    expect(process.env).toHaveProperty("DB_PASSWORD");
    denied.remove();
    expect((await run(middleware, {}, reveal)).outcome.result).toBe(VALUE);
    expect(process.env).not.toHaveProperty("DB_PASSWORD");
    expect((await run(middleware, {}, reveal)).outcome.result).toBe(VALUE);
  });

  test("scrubbed for one function serves another of the same module", async () => {
    const [first, second] = [
      decryptor({ scrubEnvironment: true }),
      decryptor({ scrubEnvironment: true }),
    ];
    await run(first);
    expect((await run(second, {}, reveal)).outcome.result).toBe(VALUE);
  });

  test("may get a variable after the module has been loaded", async () => {
    const encrypted = process.env.DB_PASSWORD;
    vi.stubEnv("DB_PASSWORD", undefined);
    const middleware = decryptor();
    vi.stubEnv("DB_PASSWORD", encrypted);
    expect((await run(middleware, {}, reveal)).outcome.result).toBe(VALUE);
  });
});

test("a client of one's own is used", async () => {
  const client = new KMSClient(aws.clientConfig);
  const concurrency = countConcurrency(client);
  await run(decryptor({ client }));
  expect(concurrency.most).toBe(1);
});
