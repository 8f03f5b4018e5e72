import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { KMSClient } from "@aws-sdk/client-kms";
import { type LocalAws, startLocalAws } from "@middy-hardening/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { kmsEncrypt } from "../src/command-line.ts";
import { encryptEnvironmentValue, kmsDecryptor } from "../src/index.ts";
import { countConcurrency, inputsOf, run } from "./support.ts";

const VALUE = "correct horse battery staple";
const COMMAND = fileURLToPath(new URL("../src/kms-encrypt.ts", import.meta.url));

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws({ keys: ["alias/orders"] });
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.clearCalls();
  for (const [name, value] of Object.entries(aws.environment)) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** What the handler of a function gets for the value of its variable. */
async function decrypted(name: string, value: string, as?: "bytes"): Promise<unknown> {
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", name);
  vi.stubEnv("DB_PASSWORD", value);
  const middleware = kmsDecryptor({ environment: { DB_PASSWORD: { as } } });
  const { outcome } = await run(middleware, {}, (_event, { secrets }) => {
    const revealed = secrets.DB_PASSWORD.reveal();
    return as === "bytes" ? [...revealed] : revealed;
  });
  return outcome.result;
}

describe("encryptEnvironmentValue", () => {
  test("makes what the named function decrypts without options", async () => {
    const value = await encryptEnvironmentValue({
      keyId: "alias/orders",
      functionName: "orders",
      value: VALUE,
    });
    expect(value).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(await decrypted("orders", value)).toBe(VALUE);
  });

  test("takes bytes, an encryption context and a client, and leaves the bytes as they are", async () => {
    const client = new KMSClient(aws.clientConfig);
    const concurrency = countConcurrency(client);
    const bytes = Uint8Array.of(1, 2, 255);
    const value = await encryptEnvironmentValue({
      keyId: "alias/orders",
      encryptionContext: { LambdaFunctionName: "billing" },
      value: bytes,
      client,
    });
    expect(concurrency.most).toBe(1);
    expect([...bytes]).toEqual([1, 2, 255]);
    expect(await decrypted("billing", value, "bytes")).toEqual([1, 2, 255]);
  });

  test("takes the configuration of a client", async () => {
    vi.unstubAllEnvs();
    const value = await encryptEnvironmentValue({
      keyId: "alias/orders",
      functionName: "orders",
      value: VALUE,
      clientConfig: aws.clientConfig,
    });
    expect(value).not.toBe("");
  });

  test.each([
    ["neither a function nor a context", {}],
    ["both", { functionName: "orders", encryptionContext: {} }],
  ])("refuses %s", async (_case, rest) => {
    const input = { keyId: "alias/orders", value: VALUE, ...rest };
    await expect(encryptEnvironmentValue(input)).rejects.toThrow(
      new TypeError(
        '@middy-hardening/kms-decryptor: give either "functionName" or "encryptionContext".',
      ),
    );
  });

  test.each([
    ["nothing", ""],
    ["4,097 bytes", "x".repeat(4_097)],
  ])("refuses %s, without a call", async (_case, value) => {
    const input = { keyId: "alias/orders", functionName: "orders", value };
    await expect(encryptEnvironmentValue(input)).rejects.toThrow("a value has 1 to 4096 bytes");
    expect(aws.calls).toEqual([]);
  });

  test("refuses an answer without a ciphertext", async () => {
    const client = new KMSClient(aws.clientConfig);
    client.middlewareStack.add(
      () => async () => ({ output: { $metadata: {} }, response: {} }) as never,
      { step: "initialize" },
    );
    const input = { keyId: "alias/orders", functionName: "orders", value: VALUE, client };
    await expect(encryptEnvironmentValue(input)).rejects.toThrow("KMS gave no complete answer");
  });
});

describe("kms-encrypt", () => {
  async function* input(...chunks: (string | Uint8Array)[]) {
    for (const chunk of chunks) yield Buffer.from(chunk as string);
  }
  const args = ["--key-id", "alias/orders", "--function-name", "orders"];

  test("run as a command, encrypts its input with the key and region of its environment", async () => {
    const command = spawn(process.execPath, ["--conditions=source", COMMAND, ...args], {
      env: { ...process.env, NODE_NO_WARNINGS: "1" },
    });
    command.stdin.end(`${VALUE}\n`);
    const [output, error, exitCode] = await Promise.all([
      text(command.stdout),
      text(command.stderr),
      new Promise((resolve) => command.once("close", resolve)),
    ]);
    expect({ error, exitCode }).toEqual({ error: "", exitCode: 0 });
    expect(output.endsWith("\n")).toBe(true);
    expect(await decrypted("orders", output)).toBe(VALUE);
  });

  test.each([
    ["no line break", [VALUE], VALUE],
    ["a line break at the end", [`${VALUE}\n`], VALUE],
    ["a line break of Windows", [`${VALUE}\r\n`], VALUE],
    ["two line breaks, of which one is meant", ["a\n\n"], "a\n"],
    ["several pieces", ["corr", "ect\n", "horse"], "correct\nhorse"],
  ])("takes input with %s", async (_case, chunks, expected) => {
    const { exitCode, output, error } = await kmsEncrypt(args, input(...chunks));
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: "" });
    expect(await decrypted("orders", output)).toBe(expected);
  });

  test("takes pairs of an encryption context, of which a value may have = in it", async () => {
    const pairs = ["--context", "a=1", "--context", "b=x=y", "--context", "c="];
    const { exitCode } = await kmsEncrypt(["--key-id", "alias/orders", ...pairs], input(VALUE));
    expect(exitCode).toBe(0);
    expect(inputsOf(aws, "Encrypt")).toMatchObject([
      { EncryptionContext: { a: "1", b: "x=y", c: "" } },
    ]);
  });

  test.each<[string, string[]]>([
    ["nothing", []],
    ["no function and no context", ["--key-id", "alias/orders"]],
    ["a function and a context", [...args, "--context", "a=1"]],
    ["a pair without a name", ["--key-id", "alias/orders", "--context", "=1"]],
    ["a pair without a value", ["--key-id", "alias/orders", "--context", "a"]],
    ["the value, which other users could read", [...args, VALUE]],
    ["an argument that it does not know", [...args, "--value", VALUE]],
  ])("given %s, tells its usage and calls nobody", async (_case, wrong) => {
    const { exitCode, output, error } = await kmsEncrypt(wrong, input(VALUE));
    expect({ exitCode, output }).toEqual({ exitCode: 2, output: "" });
    expect(error).toContain("Usage: kms-encrypt --key-id KEY");
    expect(error).not.toContain(VALUE);
    expect(aws.calls).toEqual([]);
  });

  test("tells what KMS refused, without the value", async () => {
    const wrong = ["--key-id", "alias/nobody", "--function-name", "orders"];
    const { exitCode, output, error } = await kmsEncrypt(wrong, input(VALUE));
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: "" });
    expect(error).toMatch(/^kms-encrypt: NotFoundException: .+\n$/);
    expect(error).not.toContain(VALUE);
  });
});
