import { randomUUID } from "node:crypto";
import {
  captureOutput,
  captureSecurityEvents,
  httpAnswer,
  httpEvent,
  invoke,
} from "@middy-hardening/testing";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { startLocalCloud } from "../src/local-cloud.ts";
import { paidCents } from "../src/payments.ts";
import { sign } from "../src/signature.ts";

const KEY = Buffer.from("the provider's key, 32 bytes long").toString("base64");
const cloud = await startLocalCloud(KEY);
const { handler } = await import("../src/handler.ts");
afterAll(() => cloud.close());
beforeEach(() => paidCents.clear());

const payment = {
  type: "payment.succeeded",
  paymentId: "pay_1",
  orderId: "ORD-000001",
  amountCents: 1250,
};

interface Forgery {
  readonly id?: string;
  readonly timestamp?: string;
  readonly body?: string;
  /** What is sent in place of the body that was signed. */
  readonly sentBody?: string;
  readonly key?: string;
  readonly signature?: string;
}

const now = (offsetSeconds = 0): string => String(Math.floor(Date.now() / 1000) + offsetSeconds);

async function deliver(forgery: Forgery = {}) {
  const { id = randomUUID(), timestamp = now(), body = JSON.stringify(payment) } = forgery;
  const delivery = { id, timestamp, body: Buffer.from(body) };
  using output = captureOutput();
  using security = captureSecurityEvents();
  const event = httpEvent("api-gateway-http", {
    method: "POST",
    path: "/webhooks/payments",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": forgery.signature ?? sign(delivery, forgery.key ?? KEY),
    },
    body: forgery.sentBody ?? body,
  });
  const answer = httpAnswer("api-gateway-http", await invoke(handler, event));
  const content = answer.body.length === 0 ? {} : JSON.parse(answer.body.toString());
  return {
    status: answer.status,
    code: (content as { code?: string }).code,
    events: security.events.map(({ name }) => name),
    log: output.text,
  };
}

test("books a payment that the provider signed", async () => {
  expect(await deliver()).toMatchObject({ status: 204, events: [] });
  expect(paidCents.get("ORD-000001")).toBe(1250);
});

describe("refuses and books nothing for", () => {
  test.each<[string, Forgery]>([
    ["a delivery without a signature", { signature: "" }],
    ["a signature by another key", { key: Buffer.from("another key").toString("base64") }],
    [
      "a body that was changed on the way",
      { sentBody: JSON.stringify({ ...payment, amountCents: 1 }) },
    ],
    ["the same JSON with other blanks", { sentBody: JSON.stringify(payment, null, 1) }],
    ["a body that is not even JSON, unsigned", { sentBody: "{" }],
    ["a signature of another version", { signature: "v0,AAAA" }],
    ["an empty id", { id: "" }],
  ])("%s", async (_title, forgery) => {
    const refused = await deliver(forgery);
    expect(refused).toMatchObject({
      status: 401,
      code: "invalid_signature",
      events: ["authn_login_fail"],
    });
    expect(refused.log).not.toContain(KEY);
    expect(paidCents.size).toBe(0);
  });

  test.each([
    ["ten minutes old", now(-600)],
    ["ten minutes in the future", now(600)],
    ["without a time", "soon"],
  ])("a signed delivery %s", async (_title, timestamp) => {
    const refused = await deliver({ timestamp });
    expect(refused).toMatchObject({ status: 401, code: "stale_delivery" });
    expect(paidCents.size).toBe(0);
  });

  test("a signed payment that is not as agreed", async () => {
    const body = JSON.stringify({ ...payment, amountCents: -5 });
    expect(await deliver({ body })).toMatchObject({ status: 422, code: "validation_failed" });
    expect(paidCents.size).toBe(0);
  });
});

test("books a delivery once that comes twice", async () => {
  const id = randomUUID();
  expect(await deliver({ id })).toMatchObject({ status: 204 });
  expect(await deliver({ id })).toMatchObject({ status: 409, code: "already_delivered" });
  expect(paidCents.get("ORD-000001")).toBe(1250);
});

test("books a delivery once that comes ten times at the same moment", async () => {
  const id = randomUUID();
  const answers = await Promise.all(Array.from({ length: 10 }, () => deliver({ id })));
  const statuses = answers.map(({ status }) => status).toSorted();
  expect(statuses).toEqual([204, ...Array<number>(9).fill(409)]);
  expect(paidCents.get("ORD-000001")).toBe(1250);
});

test("takes a signature by either of two keys while the provider changes them", async () => {
  const delivery = {
    id: randomUUID(),
    timestamp: now(),
    body: Buffer.from(JSON.stringify(payment)),
  };
  const retired = sign(delivery, Buffer.from("the retired key").toString("base64"));
  const signature = `${retired} ${sign(delivery, KEY)}`;
  expect(await deliver({ ...delivery, body: JSON.stringify(payment), signature })).toMatchObject({
    status: 204,
  });
});
