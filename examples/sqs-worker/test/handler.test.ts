import {
  captureOutput,
  captureSecurityEvents,
  inVirtualTime,
  invoke,
  lambdaContext,
  simulatedQueue,
  sqsEvent,
} from "@middy-hardening/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createWorker } from "../src/handler.ts";
import type { Order } from "../src/schemas.ts";
import type { Warehouse } from "../src/warehouse.ts";

// Time is virtual: no test waits for a timeout.
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const order = (number: number): Order => ({
  orderId: `ORD-${String(number).padStart(6, "0")}`,
  customer: "Ada Lovelace",
  items: [{ sku: "TEA-001", quantity: 2 }],
});

const orders = Array.from({ length: 10 }, (_, index) => order(index));

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What becomes of ten orders, with a warehouse that a test makes. */
async function run(
  work: (order: Order, attempt: number) => unknown,
  { name = "orders", bodies = orders as readonly (Order | string)[] } = {},
) {
  using output = captureOutput();
  using security = captureSecurityEvents();
  const queue = simulatedQueue({ name, maxReceiveCount: 5 });
  const ids = bodies.map((body) => queue.send(body, "customer-7"));
  const attempts = new Map<string, number>();
  const warehouse: Warehouse = {
    async ship(given, messageId) {
      const attempt = (attempts.get(given.orderId) ?? 0) + 1;
      attempts.set(given.orderId, attempt);
      await work(given, attempt);
      queue.done(messageId);
    },
  };
  const drained = queue.drain(createWorker(warehouse), { functionTimeoutMs: 5_000 });
  const tally = await inVirtualTime(vi, drained);
  return { ids, tally, log: output.text, events: security.events, queue };
}

const clean = { lost: [], acknowledgedUndone: [], repeated: [], outOfOrder: [] };

test("ships every order once, in one invocation", async () => {
  const { ids, tally } = await run(() => sleep(10));
  expect(tally).toMatchObject({ ...clean, done: ids, deliveries: 10, timeouts: 0 });
});

test("moves a poison message aside, ships the others once, and tells no log what was in it", async () => {
  const poison = '{"orderId":"ORD-000003","note":"4111 1111 1111 1111';
  const bodies = orders.map((body, index) => (index === 3 ? poison : body));
  const { ids, tally, events, log, queue } = await run(() => sleep(10), { bodies });
  expect(tally).toMatchObject({ ...clean, deadLettered: [ids[3]], deadLetteredDone: [] });
  expect(queue.deadLetters).toEqual([{ id: ids[3], body: poison }]);
  expect(events[0]).toMatchObject({ outcome: "blocked", params: ["record", ids[3]] });
  expect(log).toContain(ids[3]);
  expect(log).not.toContain("4111");
});

test("does not ship what only looks like an order", async () => {
  const bodies = [{ ...order(0), items: [{ sku: "TEA-001", quantity: -5 }] }, order(1)];
  const { ids, tally } = await run(() => sleep(10), { bodies });
  expect(tally).toMatchObject({ ...clean, done: [ids[1]], deadLettered: [ids[0]] });
});

test("gives up an order that hangs in time, and repeats no other", async () => {
  const { ids, tally } = await run(({ orderId }) => orderId === "ORD-000003" && sleep(3_600_000));
  expect(tally).toMatchObject({ ...clean, deadLettered: [ids[3]], timeouts: 0 });
});

test("leaves for the next invocation what does not fit into this one", async () => {
  const { ids, tally } = await run(() => sleep(3_000));
  expect(tally).toMatchObject({ ...clean, done: ids, deadLettered: [], timeouts: 0 });
  expect(tally.deliveries).toBeGreaterThan(10);
});

test("keeps the order of a message group when one of its messages fails", async () => {
  const { ids, tally } = await run(
    ({ orderId }, attempt) => {
      if (orderId === "ORD-000003" && attempt === 1) throw new Error("the warehouse is restarting");
    },
    { name: "orders.fifo" },
  );
  expect(tally).toMatchObject({ ...clean, done: ids, deadLettered: [] });
});

test("loses what it reports where the event source mapping does not read its answer", async () => {
  using _output = captureOutput();
  const queue = simulatedQueue({ maxReceiveCount: 5 });
  const id = queue.send("{");
  const handler = createWorker({ ship: async (_order, messageId) => queue.done(messageId) });
  const mapping = { functionTimeoutMs: 5_000, reportBatchItemFailures: false };
  const tally = await inVirtualTime(vi, queue.drain(handler, mapping));
  expect(tally.lost).toEqual([id]);
});

test("refuses what no queue sends", async () => {
  using _output = captureOutput();
  const handler = createWorker({ ship: () => Promise.reject(new Error("must not be called")) });
  const outcome = await inVirtualTime(vi, invoke(handler, order(1), lambdaContext()));
  expect(outcome.error).toBeDefined();
});

test("answers with what failed, as the queue reads it", async () => {
  using _output = captureOutput();
  const handler = createWorker({
    ship: async ({ orderId }) => {
      if (orderId === "ORD-000001") throw new Error("postgres://app:hunter2@db is down");
    },
  });
  const messages = [order(0), order(1)].map((body, index) => ({ body, messageId: `m-${index}` }));
  const { payload } = await inVirtualTime(vi, invoke(handler, sqsEvent(messages), lambdaContext()));
  expect(JSON.parse(payload)).toEqual({ batchItemFailures: [{ itemIdentifier: "m-1" }] });
});
