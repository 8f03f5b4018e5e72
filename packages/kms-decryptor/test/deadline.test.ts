import middy, { type MiddlewareObj } from "@middy/core";
import type { Deadline } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  type LocalAws,
  lambdaContext,
  startLocalAws,
} from "@middy-hardening/testing";
import type { Context } from "aws-lambda";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { kmsDecryptor } from "../src/index.ts";

const encryptionContext = { purpose: "db" };

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws({ keys: ["alias/orders"] });
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.clearCalls();
  vi.stubEnv("DB_PASSWORD", aws.encrypt("alias/orders", "correct horse", encryptionContext));
});
afterEach(() => {
  aws.clearFaults();
  vi.unstubAllEnvs();
});

/** The context of an invocation whose deadline passes when the test says so. */
function withDeadline(): { context: Context; pass(): void } {
  const controller = new AbortController();
  const deadline: Deadline = {
    signal: controller.signal,
    remainingMs: () => (controller.signal.aborted ? 0 : 1_000),
  };
  return {
    context: Object.assign(lambdaContext(), { deadline }),
    pass: () => controller.abort(new Error("the deadline passed")),
  };
}

const handlerOf = (decryptor: object, work: () => unknown) =>
  middy()
    .use(decryptor as MiddlewareObj)
    .handler(work as never) as unknown as (event: unknown, context: Context) => Promise<unknown>;

const called = (): Promise<void> => vi.waitFor(() => expect(aws.calls).toHaveLength(1));

test("an invocation ends its waiting for the environment at its deadline, and another goes on waiting", async () => {
  aws.fault({ kind: "hang", times: 1 });
  const work = vi.fn(() => "done");
  const decryptor = kmsDecryptor({
    environment: { DB_PASSWORD: { encryptionContext } },
    clientConfig: aws.clientConfig,
    timeoutMs: 600,
  });
  const handler = handlerOf(decryptor, work);
  const { context, pass } = withDeadline();
  const cutOff = handler({}, context);
  const patient = handler({}, lambdaContext());
  await called();
  pass();
  await expect(cutOff).rejects.toThrow("the deadline passed");
  expect(work).not.toHaveBeenCalled();
  await expect(patient).resolves.toBe("done");
});

test("the calls for an invocation's own fields are aborted at its deadline, and not made again", async () => {
  aws.fault({ kind: "hang" });
  using captured = captureSecurityEvents();
  const work = vi.fn();
  const decryptor = kmsDecryptor({
    fields: { "/card": { keyId: "alias/orders" } },
    clientConfig: aws.clientConfig,
    timeoutMs: 60_000,
  });
  const { context, pass } = withDeadline();
  const event = { card: aws.encrypt("alias/orders", "4111") };
  const cutOff = handlerOf(decryptor, work)(event, context);
  await called();
  pass();
  await expect(cutOff).rejects.toThrow("the deadline passed");
  await vi.waitFor(() => expect(aws.calls[0]?.outcome).toBeDefined());
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(aws.calls).toHaveLength(1);
  expect(work).not.toHaveBeenCalled();
  expect(captured.events).toEqual([]);
});
