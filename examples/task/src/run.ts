/** Runs the task on this machine, as a state machine would: `npm start`. */
import { invoke } from "@middy-hardening/testing";
import { handler } from "./handler.ts";

const charge = { orderId: "ORD-000001", amountCents: 1250, cardToken: "tok_visa0001" };
for (const [what, input] of [
  ["a charge", charge],
  ["a card that is declined", { ...charge, cardToken: "tok_declined1" }],
  ["a charge of nothing", { ...charge, amountCents: 0 }],
] as const) {
  const { payload } = await invoke(handler, input);
  console.log(`What the state machine gets for ${what}: ${payload}`);
}
