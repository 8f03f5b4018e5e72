/** Invocations that have much to do: so many records, secrets, events, members of a schema. */
import middy from "@middy/core";
import { publishSecurityEvent } from "@middy-hardening/core";
import { harden } from "@middy-hardening/preset";
import { fromProvider, secretsLoader } from "@middy-hardening/secrets-loader";
import { sqsEvent } from "@middy-hardening/testing";
import { forEachRecord, timeoutGuard } from "@middy-hardening/timeout-guard";
import * as z from "zod/mini";
import { eventsOf } from "../harness/scenarios.ts";
import { memoryProvider } from "./memory-provider.ts";
import type { Handler } from "./order.ts";

/** A handler and what it is called with. */
interface Workload {
  readonly handler: Handler;
  readonly event: () => unknown;
}

/** What grows, by how it is called in the table. */
export const WORKLOADS = {
  "members of a schema": schemaMembers,
  "parts of the request with a schema": schemaParts,
  "security events published": events,
  "records in a batch": records,
  "invalid records in a batch": badRecords,
  secrets,
  "secrets, first invocation": newSecrets,
} satisfies Readonly<Record<string, (size: number) => Workload>>;

export type WorkloadName = keyof typeof WORKLOADS;

const httpEventOf = eventsOf("valid");

function schemaMembers(size: number) {
  const names = Array.from({ length: size }, (_, index) => `member${index}`);
  const body = z.strictObject(Object.fromEntries(names.map((name) => [name, z.string()])));
  const handler = middy()
    .use(harden({ body, securityLogger: false }))
    .handler(async () => ({ statusCode: 204 }));
  const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, "value"])));
  return { handler, event: () => ({ ...httpEventOf(), body: text }) };
}

/** The dearest part first, which is that with the most members: its cost is not one of growth. */
function schemaParts(size: number) {
  const parts = ["headers", "body", "query", "path"].slice(0, size);
  const schemas = Object.fromEntries(parts.map((part) => [part, z.looseObject({})]));
  const handler = middy()
    .use(harden({ ...schemas, securityLogger: false }))
    .handler(async () => ({ statusCode: 204 }));
  return { handler, event: httpEventOf };
}

function events(size: number) {
  const handler = middy()
    .use(harden({}))
    .handler(async (event, context) => {
      for (let count = 0; count < size; count++) {
        publishSecurityEvent({ event, context }, { name: "sensitive_read", params: ["order"] });
      }
      return { statusCode: 204 };
    });
  return { handler, event: httpEventOf };
}

/** Handles a batch of which so many records are as `body` says. */
function batch(size: number, body: string) {
  const deadline = timeoutGuard();
  const handler = middy(deadline.plugin)
    .use(
      harden({
        eventSource: "sqs",
        record: z.strictObject({ sku: z.string() }),
        timeoutGuard: deadline,
        securityLogger: { invocations: false },
      }),
    )
    .handler((event, context) => forEachRecord(event, context, async () => {}));
  const text = JSON.stringify(sqsEvent(Array.from({ length: size }, () => ({ body }))));
  return { handler, event: () => JSON.parse(text) };
}

function records(size: number) {
  return batch(size, '{"sku":"A-1"}');
}

function badRecords(size: number) {
  return batch(size, '{"sku":1}');
}

function secretsOf(size: number) {
  const provider = memoryProvider();
  return Object.fromEntries(
    Array.from({ length: size }, (_, index) => [
      `secret${index}`,
      { from: fromProvider(provider, `secret${index}`) },
    ]),
  );
}

const answer = async () => ({ statusCode: 200, body: "A text that holds no secret at all." });

function secrets(size: number) {
  const loader = secretsLoader({ secrets: secretsOf(size) });
  const handler = middy()
    .use(harden({ secretsLoader: loader, securityLogger: false }))
    .handler(answer);
  return { handler, event: httpEventOf };
}

/** Each invocation is the first of its environment. */
function newSecrets(size: number) {
  const handler: Handler = (event, context) =>
    (secrets(size).handler as unknown as Handler)(event, context);
  return { handler, event: httpEventOf };
}
