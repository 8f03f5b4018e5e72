import {
  captureOutput,
  captureSecurityEvents,
  invoke,
  lambdaContext,
} from "@middy-hardening/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTask, handler } from "../src/handler.ts";
import { CardDeclined, type Payments } from "../src/payments.ts";

// Time is virtual: no test waits for a timeout.
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const charge = { orderId: "ORD-000001", amountCents: 1_250, cardToken: "tok_4f9d2c71" };
const receipt = { orderId: "ORD-000001", paymentId: "pay_1", amountCents: 1_250 };

/** What the state machine and the reader of the log get. */
async function call(work: Payments["charge"], event: unknown = charge) {
  using output = captureOutput();
  using security = captureSecurityEvents();
  const context = lambdaContext({ functionName: "charge", timeoutMs: 3_000 });
  const running = invoke(createTask({ charge: work }), event, context);
  await vi.advanceTimersByTimeAsync(3_000);
  const { result, error, runtimeLog } = await running;
  const log = [output.text, ...runtimeLog].join("\n");
  return { result, error, log, events: security.events.map(({ name }) => name) };
}

test("charges an order", async () => {
  expect(await call(async () => receipt)).toMatchObject({ result: receipt, events: [] });
});

test("names what the state machine can act upon", async () => {
  const { error } = await call(async () => {
    throw new CardDeclined();
  });
  expect(error).toMatchObject({ errorType: "CardDeclined" });
  expect(error?.errorMessage).toContain("The card's bank refused the payment.");
});

test.each([
  ["too little", { ...charge, amountCents: 0 }, "input_validation_fail"],
  ["a member too many", { ...charge, isAdmin: true }, "malicious_extraneous"],
  ["nothing at all", {}, "input_validation_fail"],
])("refuses an input with %s before anything is charged", async (_title, event, name) => {
  const { error, events } = await call(
    () => Promise.reject(new Error("must not be called")),
    event,
  );
  expect(error).toMatchObject({ errorType: "validation_failed" });
  expect(events).toContain(name);
});

test("keeps the words of an inner failure to itself", async () => {
  const { error, log } = await call(async () => {
    throw Object.assign(new Error("connect postgres://app:hunter2@db.internal"), { code: "E1" });
  });
  expect(error).toMatchObject({ errorType: "InternalError" });
  expect(JSON.stringify(error)).not.toContain("db.internal");
  expect(log).not.toContain("hunter2");
});

test("fails in time, by a name of its own, when the provider hangs", async () => {
  let isAborted = false;
  const { error, events } = await call((_charge, signal) => {
    signal.addEventListener("abort", () => {
      isAborted = true;
    });
    return new Promise(() => {});
  });
  expect(error).toMatchObject({ errorType: "DeadlineExceeded" });
  expect(events).toContain("deadline_exceeded");
  expect(isAborted).toBe(true);
});

test("does not pass on what the provider added to its receipt", async () => {
  const { error, result } = await call(async () => ({ ...receipt, cardNumber: "4111" }));
  expect(result).toBeUndefined();
  expect(JSON.stringify(error)).not.toContain("4111");
});

test("works with the provider's stand-in", async () => {
  vi.useRealTimers();
  using _output = captureOutput();
  const { result } = await invoke(handler, charge);
  expect(result).toMatchObject({ orderId: "ORD-000001", amountCents: 1_250 });
  const declined = { ...charge, cardToken: "tok_declined1" };
  expect((await invoke(handler, declined)).error).toMatchObject({ errorType: "CardDeclined" });
});
