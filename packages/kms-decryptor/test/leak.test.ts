/**
 * Plants secrets that nobody could write by chance, drives every way through the decryptor, and
 * looks for any part of them wherever something might be read that is not the handler.
 */
import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { buildClient, CommitmentPolicy, KmsKeyringNode } from "@aws-crypto/client-node";
import { KMS } from "@aws-sdk/client-kms";
import middy from "@middy/core";
import {
  captureOutput,
  captureSecurityEvents,
  httpEvent,
  invoke,
  type LocalAws,
  type LocalAwsFaultKind,
  lambdaContext,
  startLocalAws,
} from "@middy-hardening/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { encryptEnvironmentValue, type KmsDecryptorOptions, kmsDecryptor } from "../src/index.ts";
import { type Loose, tampered } from "./support.ts";

/** With characters that URLs, JSON and base64 write in other ways. */
const canary = (): string =>
  `-"\\/é${randomBytes(12).toString("base64")}<&>${randomBytes(12).toString("hex")}`;

const ENVIRONMENT = canary();
const FIELD = canary();
const MESSAGE = canary();
const PLAIN = canary(); // Sent in place of a ciphertext.

let aws: LocalAws;
let message: string;
beforeAll(async () => {
  aws = await startLocalAws({ keys: ["alias/orders", "alias/other"] });
  const keyring = new KmsKeyringNode({
    generatorKeyId: aws.keyArn("alias/orders"),
    clientProvider: () => new KMS(aws.clientConfig) as never,
  });
  const { encrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
  message = (await encrypt(keyring, Buffer.from(MESSAGE))).result.toString("base64");
});
afterAll(() => aws.close());
afterEach(() => {
  vi.unstubAllEnvs();
  aws.clearFaults();
});

/** Every 8 characters of a secret and of its usual encodings. */
function partsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const forms = [
    secret,
    bytes.toString("base64"),
    // Base64 of the secret within other bytes, at the two other offsets.
    bytes.subarray(1).toString("base64"),
    bytes.subarray(2).toString("base64"),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    encodeURIComponent(secret),
    JSON.stringify(secret),
    JSON.stringify(JSON.stringify(secret)),
    inspect(secret),
  ];
  const parts = new Set<string>();
  for (const form of forms) {
    for (let start = 0; start + 8 <= form.length; start++) parts.add(form.slice(start, start + 8));
  }
  return [...parts];
}

function expectNoPart(text: string, secrets: readonly string[], where: string): void {
  for (const secret of secrets) {
    const found = partsOf(secret).find((part) => text.includes(part));
    if (found !== undefined) throw new Error(`${where} holds ${JSON.stringify(found)}`);
  }
}

const show = (value: unknown): string =>
  inspect(value, { showHidden: true, depth: null, maxStringLength: null, maxArrayLength: null });

interface Planted {
  readonly variable: string | undefined;
  readonly event: unknown;
  readonly options?: KmsDecryptorOptions;
  readonly fault?: LocalAwsFaultKind;
  readonly fails?: boolean;
  /** Secrets that the caller itself put into the event in plain. */
  readonly inEvent?: readonly string[];
}

const fields: NonNullable<KmsDecryptorOptions["fields"]> = {
  "/tax": { encryptionContext: { tenant: "/tenant" } },
  "/list/*/tax": {},
  "/bytes": { as: "bytes" },
};

const orders = (value: string | Uint8Array, context = {}): string =>
  aws.encrypt("alias/orders", value, context);

const good = () => ({
  tenant: "acme",
  tax: orders(FIELD, { tenant: "acme" }),
  list: [{ tax: orders(FIELD) }, { tax: orders(FIELD) }],
  bytes: orders(FIELD),
});

const cases: Record<string, () => Planted> = {
  success: () => ({ variable: orders(ENVIRONMENT), event: good() }),
  "success of the AWS Encryption SDK": () => ({
    variable: orders(ENVIRONMENT),
    event: { message },
    options: {
      fields: {
        "/message": { format: "encryption-sdk", keyIds: [aws.keyArn("alias/orders")] },
      },
    },
  }),
  "a handler that fails": () => ({ variable: orders(ENVIRONMENT), event: good(), fails: true }),
  "a tampered variable": () => ({ variable: tampered(orders(ENVIRONMENT)), event: good() }),
  "a variable in plain": () => ({ variable: PLAIN, event: good() }),
  "a missing variable": () => ({ variable: undefined, event: good() }),
  "a variable of another key": () => ({
    variable: aws.encrypt("alias/other", ENVIRONMENT),
    event: good(),
  }),
  "a variable that is no text": () => ({
    variable: orders(Buffer.concat([Buffer.from(ENVIRONMENT), Buffer.of(0xff)])),
    event: good(),
  }),
  "a tampered field": () => ({
    variable: orders(ENVIRONMENT),
    event: { ...good(), tax: tampered(orders(FIELD, { tenant: "acme" })) },
  }),
  "a field in plain": () => ({
    variable: orders(ENVIRONMENT),
    event: { ...good(), tax: PLAIN },
    inEvent: [PLAIN],
  }),
  "a field of another tenant": () => ({
    variable: orders(ENVIRONMENT),
    event: { ...good(), tenant: "other" },
  }),
  "a field that is no text": () => ({
    variable: orders(ENVIRONMENT),
    event: {
      ...good(),
      list: [{ tax: orders(Buffer.concat([Buffer.from(FIELD), Buffer.of(0xff)])) }],
    },
  }),
  "a tampered message": () => ({
    variable: orders(ENVIRONMENT),
    event: { message: tampered(message) },
    options: {
      fields: {
        "/message": { format: "encryption-sdk", discovery: { accountIds: ["123456789012"] } },
      },
    },
  }),
  "a message with another context": () => ({
    variable: orders(ENVIRONMENT),
    event: { message },
    options: {
      fields: {
        "/message": {
          format: "encryption-sdk",
          keyIds: [aws.keyArn("alias/orders")],
          encryptionContext: { tenant: "acme" },
        },
      },
    },
  }),
  "an HTTP body that is still text": () => ({
    variable: orders(ENVIRONMENT),
    event: httpEvent("api-gateway-http", { method: "POST", body: { tax: orders(FIELD) } }),
    options: { fields: { "/body/tax": {} } },
  }),
  ...Object.fromEntries(
    (["throttle", "internalError", "disconnect", "garbage", "hang", "accessDenied"] as const).map(
      (fault) => [fault, () => ({ variable: orders(ENVIRONMENT), event: good(), fault })],
    ),
  ),
};

describe("no part of a secret is to be found", () => {
  test.each(Object.entries(cases))("%s", async (_name, plant) => {
    const { variable, event, options, fault, fails, inEvent = [] } = plant();
    const secrets = [ENVIRONMENT, FIELD, MESSAGE, PLAIN].filter((one) => !inEvent.includes(one));
    vi.stubEnv("CANARY_PASSWORD", variable);
    const ciphertexts = [variable, ...Object.values(event as object)].filter(
      (one) => typeof one === "string" && one.length > 60,
    ) as string[];
    const environmentBefore = JSON.stringify({ ...process.env, CANARY_PASSWORD: "" });

    using output = captureOutput();
    using captured = captureSecurityEvents();
    const thrown: unknown[] = [];
    const seen: string[] = [];
    const look = (request: Loose): void => {
      seen.push(show(request.context), JSON.stringify(request.context));
      if (request.error === undefined)
        seen.push(show(request.event), JSON.stringify(request.event));
    };
    if (fault !== undefined) aws.fault({ kind: fault });
    const handler = middy()
      .use({
        after: look,
        onError: (request) => {
          thrown.push(request.error);
          look(request);
        },
      })
      .use(
        kmsDecryptor({
          environment: { CANARY_PASSWORD: { encryptionContext: {}, keyId: "alias/orders" } },
          fields,
          clientConfig: aws.clientConfig,
          timeoutMs: 150,
          scrubEnvironment: true,
          ...options,
        } as KmsDecryptorOptions) as Loose,
      )
      .handler((received: Loose, context: Loose) => {
        const password = context.secrets.CANARY_PASSWORD.reveal();
        process.stdout.write(`${inspect({ received, context })} ${password.length}\n`);
        process.stdout.write(`${JSON.stringify({ received, context })} ${received}\n`);
        seen.push(show(received), show(context), JSON.stringify(received));
        seen.push(JSON.stringify(structuredClone(context.secrets)));
        if (fails) throw new Error(`failed for ${received.tax}`);
        return { statusCode: 200, received, secrets: { ...context.secrets } };
      });
    const outcomes = [];
    for (let invocation = 0; invocation < 2; invocation++) {
      outcomes.push(await invoke(handler, event, lambdaContext()));
    }
    output.stop();

    expectNoPart(output.text, secrets, "output");
    expectNoPart(JSON.stringify(outcomes), secrets, "response");
    expectNoPart(thrown.map(show).join(), [...secrets, ...inEvent, ...ciphertexts], "error");
    expectNoPart(show(captured.events), [...secrets, ...inEvent, ...ciphertexts], "event");
    expectNoPart(seen.join(), secrets, "context or event");
    if (variable !== PLAIN) expectNoPart(JSON.stringify(process.env), secrets, "process.env");
    expect(JSON.stringify({ ...process.env, CANARY_PASSWORD: "" })).toBe(
      // Where it was decrypted the ciphertext is gone, and nothing came in its place.
      environmentBefore,
    );
  });

  test("the encrypting side, which is refused", async () => {
    const input = { keyId: "alias/nobody", functionName: "orders", value: ENVIRONMENT };
    const error = await encryptEnvironmentValue({ ...input, clientConfig: aws.clientConfig }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    expectNoPart(show(error), [ENVIRONMENT], "error");
  });

  test("the search finds what it is to find", () => {
    for (const form of [
      FIELD.slice(9, 17),
      FIELD.slice(-8),
      encodeURIComponent(FIELD),
      JSON.stringify(FIELD),
    ]) {
      expect(() => expectNoPart(`text ${form} text`, [FIELD], "text")).toThrow("text holds");
    }
  });
});
