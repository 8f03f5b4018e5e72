/**
 * The requests that the stacks answer.
 *
 * @module
 */
import { httpEvent, lambdaContext } from "@middy-hardening/testing";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { type Order, UNLUCKY } from "../stacks/order.ts";

/** An order of so many items; one item is about 70 bytes. */
export function orderOf(items: number, reference = "ORD-123456"): Order {
  return {
    reference,
    customer: { name: "Ada Lovelace", country: "GB" },
    items: Array.from({ length: items }, (_, index) => ({
      sku: `AB-${String(index % 10_000).padStart(4, "0")}`,
      quantity: (index % 9) + 1,
      price: 12.5,
      note: "gift wrapped",
    })),
  };
}

/** About 2 MB. */
const LARGE_ITEMS = 27_000;

const valid = JSON.stringify(orderOf(10));
const large = JSON.stringify(orderOf(LARGE_ITEMS));

/** Text of the length of the valid order, filled by what an attacker repeats. */
const ofSameSize = (unit: string): string => unit.repeat(valid.length / unit.length);

interface Scenario {
  readonly body: string;
  /** The statuses of an answer to it, whoever gives it. */
  readonly statuses: readonly number[];
  readonly contentType?: string;
}

const REFUSED = [400, 413, 415, 422];

export const SCENARIOS = {
  valid: { body: valid, statuses: [201] },
  thrown: { body: JSON.stringify(orderOf(10, UNLUCKY)), statuses: [500] },
  invalid: { body: valid.replace('"quantity":5', '"quantity":-5'), statuses: REFUSED },
  "all items invalid": { body: valid.replaceAll('"quantity":', '"quantity":-'), statuses: REFUSED },
  "unknown keys": { body: valid.replaceAll('"note"', '"n0te"'), statuses: REFUSED },
  "forbidden name": { body: valid.replace('"customer"', '"__proto__"'), statuses: REFUSED },
  malformed: { body: valid.slice(0, -1), statuses: REFUSED },
  "nested deeply": { body: ofSameSize("[["), statuses: REFUSED },
  "another type": { body: valid, statuses: REFUSED, contentType: "text/plain" },
  "large, served": { body: large, statuses: [201] },
  "large, refused": { body: large, statuses: REFUSED },
  "6 MB, refused": { body: JSON.stringify(orderOf(80_000)), statuses: REFUSED },
  "6 MB of keys, refused": { body: `[${'{"a":0},'.repeat(750_000)}0]`, statuses: REFUSED },
} satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;

/** Gives the event of a scenario anew for each invocation, as the runtime does: some middlewares change it. */
export function eventsOf(name: ScenarioName): () => APIGatewayProxyEventV2 {
  const { body, contentType = "application/json" }: Scenario = SCENARIOS[name];
  const headers = {
    accept: "application/json",
    authorization: `Bearer ${"x".repeat(400)}`,
    "content-length": String(body.length),
    "content-type": contentType,
    host: "api.example.com",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678",
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  };
  const template = httpEvent("api-gateway-http", {
    method: "POST",
    path: "/orders",
    headers,
    body,
  });
  return () => ({
    ...template,
    headers: { ...template.headers },
    requestContext: { ...template.requestContext, http: { ...template.requestContext.http } },
  });
}

/** Gives the context of each invocation. */
export function contexts(): () => object {
  const template = lambdaContext({ getRemainingTimeInMillis: () => 29_990 });
  let count = 0;
  return () => ({ ...template, awsRequestId: `5f0c8a3e-7d0e-4c9f-9c1e-${++count}` });
}
