import middy, { type MiddlewareObj } from "@middy/core";
import type { Deadline } from "@middy-hardening/core";
import { captureSecurityEvents, lambdaContext, startLocalAws } from "@middy-hardening/testing";
import type { Context } from "aws-lambda";
import { expect, it, vi } from "vitest";
import { callsToReach, databaseLoader } from "./support.ts";

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

const handlerOf = (loader: object, work = vi.fn()) =>
  middy()
    .use(loader as MiddlewareObj)
    .handler(work) as unknown as (event: unknown, context: Context) => Promise<unknown>;

it("ends the waiting of an invocation at its deadline, and the load with the last that waits", async () => {
  await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
  aws.fault({ kind: "hang" });
  using captured = captureSecurityEvents();
  const work = vi.fn();
  const handler = handlerOf(databaseLoader(aws, { timeoutMs: 60_000 }), work);
  const { context, pass } = withDeadline();
  const invocation = handler({}, context);
  await callsToReach(aws, 1);
  pass();
  await expect(invocation).rejects.toThrow("the deadline passed");
  expect(work).not.toHaveBeenCalled();
  expect(captured.events).toEqual([]);
});

it("leaves the load to another invocation that waits for it", async () => {
  await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
  aws.fault({ kind: "hang", times: 1 });
  const handler = handlerOf(databaseLoader(aws, { timeoutMs: 600 }));
  const { context, pass } = withDeadline();
  const cutOff = handler({}, context);
  const patient = handler({}, lambdaContext());
  await callsToReach(aws, 1);
  pass();
  await expect(cutOff).rejects.toThrow("the deadline passed");
  await expect(patient).resolves.toBeUndefined();
});

it("begins no load for an invocation that is over when the one that it waited for fails", async () => {
  await using aws = await startLocalAws({ secrets: { "prod/db": "first value" } });
  aws.fault({ kind: "hang" });
  const handler = handlerOf(databaseLoader(aws, { timeoutMs: 300 }));
  const first = handler({}, lambdaContext());
  const { context, pass } = withDeadline();
  const second = handler({}, context);
  await callsToReach(aws, 1);
  pass();
  await expect(second).rejects.toThrow("the deadline passed");
  await expect(first).rejects.toThrow("Service Unavailable");
  const before = aws.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(aws.calls).toHaveLength(before);
});
