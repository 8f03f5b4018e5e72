/**
 * What happens to each twin when its secrets change, or when AWS fails: the hardened one has them
 * from Secrets Manager and KMS, the unprotected one in plain environment variables.
 */
import { createHmac } from "node:crypto";
import type { InvokableHandler, LocalAws } from "@middy-hardening/testing";
import { LOCAL_PASSWORD, LOCAL_SIGNING_KEY } from "../src/database.ts";
import { SIGNING_KEY_NAME } from "../src/local-cloud.ts";
import { type DemoRequest, type Observation, type Observer, observe } from "./observe.ts";
import { environment } from "./unprotected.ts";

/** One line of the table, and whether all in it is as it should be. */
export interface SecretsRow {
  readonly name: string;
  readonly unprotected: string;
  readonly hardened: string;
  readonly events: readonly string[];
  readonly isRight: boolean;
}

const order: DemoRequest = {
  name: "an order",
  body: { customer: "Ada Lovelace", items: [{ sku: "TEA-001", quantity: 2 }] },
};

/** How old a secret may become in this demo, so that nobody waits five minutes for it. */
export const DEMO_MAX_AGE_MS = 300;

const untilTooOld = (): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, DEMO_MAX_AGE_MS + 50));

/** @param observer sends the same request to both twins; its hardened twin has its secrets already. */
export async function observeSecrets(aws: LocalAws, observer: Observer): Promise<SecretsRow[]> {
  return [
    await rotation(aws, observer),
    await secretsManagerDown(aws, observer),
    await kmsDownAtColdStart(aws, observer),
    await tamperedCiphertext(observer),
  ];
}

/** The key of a signed order, of those that there were. */
function keyOf(seen: Observation, newKey: string): string {
  const { id, signature } = JSON.parse(seen.body) as { id: string; signature: string };
  const isSignedWith = (key: string): boolean =>
    createHmac("sha256", key).update(id).digest("base64url") === signature;
  if (isSignedWith(newKey)) return "the new key";
  return isSignedWith(LOCAL_SIGNING_KEY) ? "the old key" : "an unknown key";
}

async function rotation(aws: LocalAws, observer: Observer): Promise<SecretsRow> {
  const newKey = "whk_rotated_7c1e9b40d2a84f6f";
  aws.rotateSecret(SIGNING_KEY_NAME, newKey);
  await untilTooOld();
  const { unprotected, hardened } = await observer.observe(order);
  const keys = [keyOf(unprotected, newKey), keyOf(hardened, newKey)];
  return {
    name: "the signing key is rotated",
    unprotected: `${unprotected.status}, signs with ${keys[0]} until it is deployed again`,
    hardened: `${hardened.status}, signs with ${keys[1]}`,
    events: hardened.events,
    isRight: keys.join() === "the old key,the new key" && hardened.events.length === 0,
  };
}

async function secretsManagerDown(aws: LocalAws, observer: Observer): Promise<SecretsRow> {
  using _outage = aws.fault({ kind: "accessDenied", service: "secretsmanager" });
  await untilTooOld();
  const { unprotected, hardened } = await observer.observe(order);
  return {
    name: "Secrets Manager refuses, later on",
    unprotected: `${unprotected.status}, does not ask it`,
    hardened: `${hardened.status}, goes on with the last good value`,
    events: hardened.events,
    isRight: hardened.status === 201 && hardened.events.includes("secret_load_fail"),
  };
}

/** The hardened twin as a new environment starts it. */
async function coldStart(name: string): Promise<InvokableHandler> {
  // A module of its own for each query, as a new environment has it.
  const fresh: string = `../src/handler.ts?${name}`;
  const { handler } = (await import(fresh)) as typeof import("../src/handler.ts");
  return handler as InvokableHandler;
}

async function kmsDownAtColdStart(aws: LocalAws, observer: Observer): Promise<SecretsRow> {
  const event = await observer.eventOf(order);
  const outage = aws.fault({ kind: "disconnect", service: "kms" });
  const handler = await coldStart("kms-down");
  const during = await observe("api-gateway-http", handler, event);
  outage[Symbol.dispose]();
  const after = await observe("api-gateway-http", handler, event);
  const isPlain = Object.values(environment).includes(LOCAL_PASSWORD);
  return {
    name: "KMS is down at a cold start",
    unprotected: isPlain ? "needs none: its password is in plain text in its environment" : "",
    hardened: `${during.status} ${codeOf(during)}, then ${after.status} when KMS is back`,
    events: during.events,
    isRight: isPlain && during.status === 503 && after.status === 201 && isQuiet(during),
  };
}

async function tamperedCiphertext(observer: Observer): Promise<SecretsRow> {
  const event = await observer.eventOf(order);
  const ciphertext = process.env.DB_PASSWORD as string;
  const bytes = Buffer.from(ciphertext, "base64");
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  process.env.DB_PASSWORD = bytes.toString("base64");
  const seen = await observe("api-gateway-http", await coldStart("tampered"), event);
  process.env.DB_PASSWORD = ciphertext;
  environment.DB_PASSWORD = "another-password";
  const { unprotected } = await observer.observe({ name: "an order", path: "/orders/ORD-000503" });
  environment.DB_PASSWORD = LOCAL_PASSWORD;
  const isUnnoticed = unprotected.log.includes("another-password");
  return {
    name: "somebody changes the password in the environment",
    unprotected: isUnnoticed ? "does not notice, and uses it" : "does not use it",
    hardened: `${seen.status} ${codeOf(seen)}, nothing runs`,
    events: seen.events,
    isRight:
      isUnnoticed &&
      seen.status === 500 &&
      seen.events.includes("crypt_decrypt_fail") &&
      isQuiet(seen) &&
      !seen.log.includes(process.env.DB_PASSWORD.slice(0, 16)),
  };
}

const codeOf = ({ body }: Observation): unknown => (JSON.parse(body) as { code?: unknown }).code;

/** Whether neither the caller nor the log was told a secret. */
const isQuiet = ({ body, log }: Observation): boolean =>
  ![LOCAL_PASSWORD, LOCAL_SIGNING_KEY].some((secret) => `${body}${log}`.includes(secret));
