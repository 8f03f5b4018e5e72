import middy from "@middy/core";
import { captureSecurityEvents, invoke, lambdaContext } from "@middy-hardening/testing";
import type { Context } from "aws-lambda";
import { expect, it, vi } from "vitest";
import { timeoutGuard, withDeadline } from "../src/index.ts";
import { hang, invokeFor, useFakeTime } from "./support.ts";

/** The form of the context of the SDK (2.4), during a replay. */
function replaying() {
  const { promise, resolve } = Promise.withResolvers<object>();
  const terminationManager = { getTerminationPromise: () => promise };
  const context = Object.assign(lambdaContext(), {
    [Symbol.for("@aws/durable-execution-sdk-js/durable-context")]: true,
    durableExecutionMode: "ReplayMode",
    _executionContext: { terminationManager },
  });
  const suspend = (): void => resolve({ reason: "WAIT_SCHEDULED", message: "Waits." });
  return { context: context as Context, suspend };
}

it("tells of a deadline that passes during a replay: this invocation's is no other's", async () => {
  useFakeTime();
  const deadline = timeoutGuard();
  const handler = middy(hang, deadline.plugin).use(deadline);
  const { events } = await invokeFor(handler, {}, replaying().context);
  expect(events).toEqual([
    "deadline_exceeded blocked handler",
    "work_outlived_invocation detected promises:1",
  ]);
});

it("tells of a hook that is cut off during a replay", async () => {
  useFakeTime();
  const handler = middy(() => "done").use(withDeadline({ before: hang }, 100));
  const { events } = await invokeFor(handler, {}, replaying().context);
  expect(events).toEqual(["deadline_exceeded blocked hang"]);
});

it("fails the invocation alone, which Lambda repeats", async () => {
  useFakeTime();
  const deadline = timeoutGuard();
  const handler = middy(hang, deadline.plugin).use(deadline);
  const failure = (handler as unknown as (event: unknown, context: Context) => Promise<never>)(
    {},
    replaying().context,
  ).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await failure).toMatchObject({ name: "DeadlineExceeded", stack: "" });
  expect(await failure).toHaveProperty("isUnrecoverableInvocation", true);
});

it.each(["the middleware", "the plugin"])(
  "never fires for an invocation that was suspended: %s",
  async (which) => {
    useFakeTime();
    const deadline = timeoutGuard();
    const chain = which === "the plugin" ? middy(hang, deadline.plugin) : middy(hang);
    using captured = captureSecurityEvents();
    const { context, suspend } = replaying();
    void invoke(chain.use(deadline), {}, context);
    await vi.advanceTimersByTimeAsync(1_000);
    suspend();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(captured.events).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  },
);

it("answers nobody when the invocation is suspended after its deadline", async () => {
  useFakeTime();
  const deadline = timeoutGuard();
  const onError = vi.fn();
  const handler = middy((_event: unknown, context: Context) => {
    Object(context).deadline.signal.addEventListener("abort", suspend);
    return hang();
  }, deadline.plugin)
    .use(deadline)
    .onError(onError);
  const { context, suspend } = replaying();
  void invoke(handler, {}, context);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(onError).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
