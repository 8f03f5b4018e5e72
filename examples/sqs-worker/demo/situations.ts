/**
 * What a queue brings along, each situation with the warehouse's part in it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { SimulatedQueue } from "@middy-hardening/testing";
import type { Order } from "../src/schemas.ts";
import type { Warehouse } from "../src/warehouse.ts";

export interface Situation {
  readonly name: string;
  /** A queue's name; `.fifo` at its end makes it a FIFO queue. */
  readonly queueName: string;
  /** Ten messages; the one at `faulty` cannot be shipped, if there is one. */
  readonly bodies: readonly (Order | string)[];
  readonly faulty?: number;
  /** The warehouse's work on an order that is asked for the `attempt`th time, from 1 on. */
  readonly work: (index: number, attempt: number, signal: AbortSignal) => Promise<void>;
}

const order = (index: number): Order => ({
  orderId: `ORD-${String(index).padStart(6, "0")}`,
  customer: "Ada Lovelace",
  items: [{ sku: "TEA-001", quantity: 1 + index }],
});

const orders = Array.from({ length: 10 }, (_, index) => order(index));

const soon = (): Promise<void> => sleep(1);

/** A connection that was opened and never answers; what has a signal is ended by it. */
const hang = (signal: AbortSignal): Promise<void> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });

export const situations: readonly Situation[] = [
  {
    name: "a poison message in a batch of ten",
    queueName: "orders",
    bodies: orders.map((body, index) => (index === 3 ? '{"orderId":"ORD-000003","ite' : body)),
    faulty: 3,
    work: soon,
  },
  {
    name: "a record that never ends",
    queueName: "orders",
    bodies: orders,
    faulty: 3,
    work: (index, _attempt, signal) => (index === 3 ? hang(signal) : soon()),
  },
  {
    name: "a timeout in the middle of a batch",
    queueName: "orders",
    bodies: orders,
    work: (_index, _attempt, signal) => sleep(70, undefined, { signal }),
  },
  {
    name: "a record pushed out of order",
    queueName: "orders.fifo",
    bodies: orders,
    // The third change of an order fails at first, and the ones after it must wait for it.
    work: async (index, attempt) => {
      if (index === 3 && attempt === 1) throw new Error("the warehouse is restarting");
      await soon();
    },
  },
];

/** A warehouse that behaves as a situation has it, and tells the queue what it has shipped. */
export function warehouseOf({ bodies, work }: Situation, queue: SimulatedQueue): Warehouse {
  const attempts = new Map<string, number>();
  const indexes = new Map(orders.map(({ orderId }, index) => [orderId, index]));
  return {
    async ship({ orderId }, messageId, signal) {
      const attempt = (attempts.get(orderId) ?? 0) + 1;
      attempts.set(orderId, attempt);
      await work(indexes.get(orderId) ?? bodies.length, attempt, signal);
      queue.done(messageId);
    },
  };
}
