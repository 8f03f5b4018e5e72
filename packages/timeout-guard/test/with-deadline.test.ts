import middy, { type MiddlewareObj } from "@middy/core";
import { captureSecurityEvents, invoke, lambdaContext } from "@middy-hardening/testing";
import { timeoutGuard, withDeadline } from "@middy-hardening/timeout-guard";
import type { Context } from "aws-lambda";
import { describe, expect, it, vi } from "vitest";
import { answers, hang, invokeFor, request, useFakeTime } from "./support.ts";

const ok = () => ({ statusCode: 200 });

describe("withDeadline", () => {
  it("cuts off a `before` that hangs at the invocation's deadline, with one event", async () => {
    useFakeTime();
    const handler = middy(ok)
      .use(answers())
      .use(timeoutGuard({ statusCode: 504 }))
      .use(withDeadline({ before: hang }));
    const { result, events, tookMs } = await invokeFor(handler);
    expect(result).toMatchObject({ statusCode: 504, body: '{"code":"deadline_exceeded"}' });
    expect(events).toEqual(["deadline_exceeded detected"]);
    expect(tookMs).toBe(2_500);
  });

  it("cuts it off after its own time, without any guard, and names the hook", async () => {
    useFakeTime();
    const slow = {
      before: function loadParameters() {
        return hang();
      },
    };
    const handler = middy(ok).use(answers()).use(withDeadline(slow, 200));
    const { result, events, tookMs } = await invokeFor(handler);
    expect(result).toMatchObject({ statusCode: 503 });
    expect(events).toEqual(["deadline_exceeded blocked loadParameters"]);
    expect(tookMs).toBe(200);
  });

  it("cuts it off at the deadline of another copy of the guard", async () => {
    useFakeTime();
    const { signal } = new AbortController();
    const deadline = { signal, remainingMs: () => 300 };
    const handler = middy(ok)
      .use(answers())
      .use(withDeadline({ before: hang }));
    const context = Object.assign(lambdaContext(), { deadline });
    const { result, events, tookMs } = await invokeFor(handler, request(), context);
    expect(result).toMatchObject({ statusCode: 503 });
    expect(events).toEqual(["deadline_exceeded blocked hang"]);
    expect(tookMs).toBe(300);
  });

  it("fails with the deadline's error when the guard has ended before its hook was cut off", async () => {
    useFakeTime();
    const handler = middy(ok)
      .use(answers())
      .use(withDeadline({ after: hang }))
      .use(timeoutGuard());
    const { result, events } = await invokeFor(handler);
    expect(result).toMatchObject({ statusCode: 503, body: '{"code":"deadline_exceeded"}' });
    expect(events).toEqual(["deadline_exceeded blocked hang"]);
  });

  it("cuts off an `after`, whose response is not sent", async () => {
    useFakeTime();
    const handler = middy(ok)
      .use(answers())
      .use(withDeadline({ after: hang }, 100));
    expect((await invokeFor(handler)).result).toMatchObject({ statusCode: 503 });
  });

  it("passes over an `onError` that hangs, so that the error is answered as it is", async () => {
    useFakeTime();
    const handler = middy(() => Promise.reject(new Error("database")))
      .use(answers())
      .use(withDeadline({ onError: hang }, 100));
    const { result, events } = await invokeFor(handler);
    expect(result).toMatchObject({ statusCode: 500 });
    expect(events).toEqual(["deadline_exceeded blocked hang"]);
  });

  it("gives a hook that begins after the deadline half of the time that is left", async () => {
    useFakeTime();
    const quick = () => new Promise<void>((resolve) => setTimeout(resolve, 100));
    const handler = middy(hang)
      .use(answers())
      .use(timeoutGuard())
      .use(withDeadline({ onError: hang }))
      .use(withDeadline({ onError: quick }))
      .use(withDeadline({ before: hang }));
    const { result, tookMs } = await invokeFor(handler);
    expect(result).toMatchObject({ statusCode: 503 });
    expect(tookMs).toBe(2_800);
  });

  it("does so without knowing the time, too", async () => {
    useFakeTime();
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    const handler = middy(ok)
      .use(answers())
      .use(timeoutGuard({ defaultTimeoutMs: 1_000 }))
      .use(withDeadline({ onError: hang }))
      .use(withDeadline({ before: hang }));
    const bare = { ...lambdaContext(), getRemainingTimeInMillis: undefined } as unknown as Context;
    const { tookMs } = await invokeFor(handler, request(), bare);
    warn.mockRestore();
    expect(tookMs).toBe(1_000);
  });

  it("waits without end where neither a guard nor a time is given", async () => {
    useFakeTime();
    const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 2_900));
    expect((await invokeFor(middy(ok).use(withDeadline({ before: slow })))).result).toEqual(ok());
  });

  it("leaves what a hook answers, throws and returns without a promise as it is", async () => {
    const order: string[] = [];
    const wrapped = withDeadline(
      {
        before: (): void => void order.push("before"),
        after: async (): Promise<void> => void order.push("after"),
      },
      1_000,
    );
    const names: string[] = [];
    const handler = middy(ok, { beforeMiddleware: (name: string) => names.push(name) })
      .use(withDeadline({ before: async function failing() {} }, 3e9))
      .use(wrapped);
    expect((await invoke(handler, request())).result).toEqual(ok());
    expect(order).toEqual(["before", "after"]);
    expect(names).toEqual(["failing", "before", "after"]);
    expect(wrapped.before()).toBeUndefined();
    const early = middy(hang).use(withDeadline({ before: async () => "early" }, 1_000));
    expect((await invoke(early, {})).result).toBe("early");
    const throwing = middy(ok).use(
      withDeadline({ before: () => Promise.reject(new Error("denied")) }, 1_000),
    );
    expect((await invoke(throwing, {})).error?.errorMessage).toBe("denied");
  });

  it("keeps a hook that fails after it was cut off from ending the process", async () => {
    useFakeTime();
    const late = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      throw new Error("late"); // An unhandled rejection would fail the run.
    };
    const handler = middy(ok)
      .use(answers())
      .use(withDeadline({ before: late }, 200));
    expect((await invokeFor(handler)).result).toMatchObject({ statusCode: 503 });
    await vi.advanceTimersByTimeAsync(2_000);
  });

  it("leaves no timer behind", async () => {
    useFakeTime();
    using captured = captureSecurityEvents();
    await invoke(middy(ok).use(withDeadline({ before: async () => {} }, 1_000)), request());
    expect(vi.getTimerCount()).toBe(0);
    expect(captured.events).toEqual([]);
  });

  it("keeps what else a middleware has", () => {
    const middleware = { before: ok, flush: () => 1, name: "metrics" };
    const wrapped = withDeadline(middleware);
    expect(wrapped.flush()).toBe(1);
    expect(wrapped.name).toBe("metrics");
    expect(wrapped).not.toHaveProperty("after");
  });

  it.each([0, -1, Number.NaN, "100"])("refuses %j as a time", (ms) => {
    expect(() => withDeadline({ before: hang }, ms as number)).toThrow(
      "@middy-hardening/timeout-guard: the time of withDeadline must be a positive number of ms.",
    );
  });

  it.each([{}, null, hang])("refuses what is no middleware", (middleware) => {
    expect(() => withDeadline(middleware as MiddlewareObj)).toThrow(TypeError);
  });
});
