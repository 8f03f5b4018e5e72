/** Runs the worker once on this machine, as a queue would: `npm start`. */
import { invoke, sqsEvent } from "@middy-hardening/testing";
import { handler } from "./handler.ts";

const order = { orderId: "ORD-000001", customer: "Ada", items: [{ sku: "TEA-001", quantity: 2 }] };
const { payload } = await invoke(
  handler,
  sqsEvent([
    { body: order, messageId: "an order" },
    { body: { ...order, items: [] }, messageId: "an order of nothing" },
  ]),
);
console.log(`What the queue is told, to deliver again: ${payload}`);
