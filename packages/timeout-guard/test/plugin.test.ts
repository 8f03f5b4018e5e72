import middy, { type Request } from "@middy/core";
import { captureSecurityEvents, invoke, lambdaContext } from "@middy-hardening/testing";
import { deadlineOf, timeoutGuard } from "@middy-hardening/timeout-guard";
import type { Context } from "aws-lambda";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { answers, hang, invokeFor, request, useFakeTime } from "./support.ts";

interface WithSignal {
  readonly signal: AbortSignal;
}

const unavailable = {
  statusCode: 503,
  headers: { "x-frame-options": "DENY" },
  body: '{"code":"deadline_exceeded"}',
};

describe("the plugin", () => {
  it("answers an HTTP request in time when the handler hangs", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const handler = middy(hang, deadline.plugin).use(answers()).use(deadline);
    const { result, events, tookMs } = await invokeFor(handler);
    expect(result).toEqual(unavailable);
    expect(events).toEqual([
      "deadline_exceeded blocked handler",
      "work_outlived_invocation detected promises:1",
    ]);
    expect(tookMs).toBe(2_500);
  });

  it("answers in time when a `before` hangs, and the handler never runs", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const work = vi.fn();
    const handler = middy(work, deadline.plugin)
      .use(answers())
      .use(deadline)
      .before(function loadSecrets() {
        return hang();
      });
    const { result, events } = await invokeFor(handler);
    expect(result).toEqual(unavailable);
    expect(events[0]).toBe("deadline_exceeded blocked loadSecrets");
    expect(work).not.toHaveBeenCalled();
  });

  it("answers in time when an `after` hangs", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const handler = middy(() => ({ statusCode: 200 }), deadline.plugin)
      .use(answers())
      .after(hang);
    const { result, events } = await invokeFor(handler);
    expect(result).toEqual(unavailable);
    expect(events[0]).toBe("deadline_exceeded blocked hang");
  });

  it("lets the other `onError` hooks answer the error when one of them hangs", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const seen: string[] = [];
    const handler = middy(() => Promise.reject(new Error("database")), deadline.plugin)
      .use(answers())
      .onError(hang)
      .onError(({ error }) => {
        seen.push(String(error?.message));
      });
    const { result } = await invokeFor(handler);
    expect(result).toMatchObject({ statusCode: 500, headers: { "x-frame-options": "DENY" } });
    expect(seen).toEqual(["database"]);
  });

  it("keeps what an inner `onError` answered when an outer one hangs", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const handler = middy(() => Promise.reject(new Error("database")), deadline.plugin)
      .onError(hang)
      .onError((failed: Request) => {
        failed.response = { statusCode: 409 };
      });
    expect((await invokeFor(handler)).result).toEqual({ statusCode: 409 });
  });

  it("answers by itself when every `onError` hangs, too", async () => {
    useFakeTime();
    const deadline = timeoutGuard({ statusCode: 504 });
    const handler = middy(hang, deadline.plugin).onError(hang);
    const { result, tookMs } = await invokeFor(handler);
    expect(result).toEqual({
      statusCode: 504,
      headers: {
        "content-type": "application/problem+json",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
      },
      body: JSON.stringify({
        type: "about:blank",
        title: "Gateway Timeout",
        status: 504,
        detail: "The request could not be completed in time.",
        code: "deadline_exceeded",
      }),
      isBase64Encoded: false,
    });
    expect(tookMs).toBe(2_875);
  });

  it("fails any other invocation with an error of nothing but a name and a message", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const { error, runtimeLog } = await invokeFor(middy(hang, deadline.plugin), { orderId: 7 });
    expect(error).toEqual({
      errorType: "DeadlineExceeded",
      errorMessage: "The request could not be completed in time.",
      trace: [""],
    });
    expect(runtimeLog.join()).not.toContain(".ts:");
  });

  it("passes on the error that a sanitizer made of it for another trigger", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const handler = middy(hang, deadline.plugin).onError((failed: Request) => {
      const clean = new Error("Too slow");
      clean.stack = "";
      failed.error = clean;
    });
    expect((await invokeFor(handler, {})).error?.errorMessage).toBe("Too slow");
  });

  it("gives a handler that listens to the signal a moment to answer for itself", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const handler = middy(async (_event: unknown, _context: unknown, { signal }: WithSignal) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return { statusCode: 200, body: "what there was" };
    }, deadline.plugin).use(answers());
    const { result, events, tookMs } = await invokeFor(handler);
    expect(result).toEqual({ statusCode: 200, body: "what there was" });
    expect(events).toEqual(["deadline_exceeded blocked handler"]);
    expect(tookMs).toBe(2_500);
  });

  it("answers 503, not 500, when a call that the signal aborted fails in words of its own", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const causes: unknown[] = [];
    const aborted = new DOMException("Request aborted", "AbortError");
    const handler = middy((_event: unknown, _context: unknown, { signal }: WithSignal) => {
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(aborted));
      });
    }, deadline.plugin)
      .use(answers())
      .onError(({ error }) => {
        causes.push(error?.cause);
      });
    expect((await invokeFor(handler)).result).toEqual(unavailable);
    expect(causes).toEqual([aborted]);
  });

  it("does not wait long for a handler that reads the signal and does not heed it", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const handler = middy((_event: unknown, _context: unknown, { signal }: WithSignal) => {
      signal.throwIfAborted();
      return hang();
    }, deadline.plugin).use(answers());
    const { result, tookMs } = await invokeFor(handler);
    expect(result).toEqual(unavailable);
    expect(tookMs).toBe(2_750);
  });

  it("runs no hook on an answered request when its handler comes back later", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const after = vi.fn();
    const onError = vi.fn();
    let isLate = false;
    const handler = middy(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      isLate = true;
      return { statusCode: 200, body: "late" };
    }, deadline.plugin)
      .use(answers())
      .use({ after, onError });
    expect((await invokeFor(handler)).result).toEqual(unavailable);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(isLate).toBe(true);
    expect(after).not.toHaveBeenCalled();
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it("keeps a handler that fails after its answer from ending the process", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const onError = vi.fn();
    const handler = middy(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      throw new Error("late"); // An unhandled rejection would fail the run.
    }, deadline.plugin)
      .use(answers())
      .use({ onError });
    expect((await invokeFor(handler)).result).toEqual(unavailable);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it("changes nothing for an invocation that is done in time", async () => {
    const deadline = timeoutGuard();
    const order: string[] = [];
    const note = (name: string) => () => {
      order.push(name);
    };
    const handler = middy(
      async () => {
        order.push("handler");
        return { statusCode: 200 };
      },
      {
        ...deadline.plugin,
        beforeMiddleware: (name: string) => order.push(`(${name})`),
        requestEnd: note("end"),
      },
    )
      .use({ before: note("before 1"), after: note("after 1") })
      .use(deadline)
      .use({ before: async function second() {}, after: async () => note("after 2")() });
    using captured = captureSecurityEvents();
    expect((await invoke(handler, request())).result).toEqual({ statusCode: 200 });
    expect(order).toEqual([
      "()",
      "before 1",
      "(timeoutGuardBefore)",
      "(second)",
      "handler",
      "(after)",
      "after 2",
      "(timeoutGuardAfter)",
      "()",
      "after 1",
      "end",
    ]);
    expect(captured.events).toEqual([]);
  });

  it("leaves the errors of an invocation that fails in time as they are", async () => {
    const deadline = timeoutGuard();
    const handler = middy(() => Promise.reject(new TypeError("wrong")), deadline.plugin);
    expect((await invoke(handler, {})).error).toMatchObject({
      errorType: "TypeError",
      errorMessage: "wrong",
    });
  });

  it("leaves no timer to a later invocation", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const handler = middy(async () => "done", deadline.plugin).use(deadline);
    using captured = captureSecurityEvents();
    await invoke(handler, {});
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(captured.events).toEqual([]);
  });

  it("takes middlewares that are added after the first invocation", async () => {
    const deadline = timeoutGuard();
    const handler = middy(() => ({ statusCode: 200 }), deadline.plugin);
    await invoke(handler, request());
    const late = vi.fn();
    handler.after(late);
    await invoke(handler, request());
    expect(late).toHaveBeenCalledTimes(1);
  });

  it("gives the handler its signal as Middy's own, unless Middy's own timeout is on", async () => {
    const deadline = timeoutGuard();
    const isSame = (_event: unknown, context: unknown, { signal }: WithSignal) =>
      signal === deadlineOf(context as object)?.signal;
    const handler = middy(isSame, deadline.plugin);
    expect((await invoke(handler, {})).result).toBe(true);
    const early = middy(isSame, { ...deadline.plugin, timeoutEarlyInMillis: 1_000 });
    expect((await invoke(early, {})).result).toBe(false);
  });

  it("answers in time although the handler has changed the trace, as for that of a message", async () => {
    useFakeTime();
    vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-invocation");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const deadline = timeoutGuard();
    const handler = middy(() => {
      vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-message");
      return hang();
    }, deadline.plugin).use(answers());
    expect((await invokeFor(handler)).result).toEqual(unavailable);
  });

  it("answers in time whatever a hook has made of the event and the context", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const unreadable = new Proxy(
      {},
      {
        get() {
          throw new Error("trap");
        },
      },
    );
    const handler = middy(hang, deadline.plugin).before((given: Request) => {
      Object.assign(given, { event: unreadable, context: undefined });
    });
    expect((await invokeFor(handler)).result).toMatchObject({ statusCode: 503 });
  });

  // Middy's timers are none that a test can fake.
  it("runs no hook on an answered request when Middy's own timeout comes later", async () => {
    const deadline = timeoutGuard({ reserveMs: 60 });
    const onError = vi.fn();
    const later = Promise.withResolvers<void>();
    const handler = middy(hang, {
      ...deadline.plugin,
      timeoutEarlyInMillis: 20,
      beforeHandler: () => setTimeout(later.resolve, 150),
    })
      .use(answers())
      .use({ onError });
    const { result } = await invoke(handler, request(), lambdaContext({ timeoutMs: 100 }));
    expect(result).toEqual(unavailable);
    await later.promise;
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it("leaves an invocation to Middy's own timeout when that comes first", async () => {
    const deadline = timeoutGuard({ reserveMs: 20 });
    const handler = middy(hang, {
      ...deadline.plugin,
      timeoutEarlyInMillis: 2_900,
      timeoutEarlyResponse: () => ({ statusCode: 202 }),
    });
    using captured = captureSecurityEvents();
    expect((await invoke(handler, request())).result).toEqual({ statusCode: 202 });
    expect(captured.events).toEqual([]);
  });

  it("covers a Middy handler that another one calls by the deadline of the other", async () => {
    useFakeTime();
    const outer = timeoutGuard({ reserveMs: 1_000 });
    const inner = timeoutGuard();
    const route = middy(hang, inner.plugin).use(inner);
    const handler = middy(
      (event: unknown, context: Context) => route(event, context as never),
      outer.plugin,
    )
      .use(answers())
      .use(outer);
    const { result, events, tookMs } = await invokeFor(handler);
    expect(result).toEqual(unavailable);
    expect(events[0]).toBe("deadline_exceeded blocked handler");
    expect(events).toHaveLength(2);
    expect(tookMs).toBe(2_000);
  });

  it("has a Middy handler that another one calls answer 503, too, when the signal aborted its calls", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const route = middy(
      (_event: unknown, context: Context) =>
        new Promise((_resolve, reject) => {
          const abort = () => reject(new DOMException("Request aborted", "AbortError"));
          deadlineOf(context)?.signal.addEventListener("abort", abort);
        }),
      deadline.plugin,
    ).use(answers());
    const handler = middy(
      (event: unknown, context: Context) => route(event, context as never),
      deadline.plugin,
    ).use(answers());
    expect((await invokeFor(handler)).result).toEqual(unavailable);
  });

  it("fails clearly, through the chain, when the reserve is longer than the function's timeout", async () => {
    const deadline = timeoutGuard({ reserveMs: 5_000 });
    const messages: unknown[] = [];
    const handler = middy(() => ({ statusCode: 200 }), deadline.plugin)
      .use(answers())
      .onError(({ error }) => {
        messages.push(error?.message);
      });
    const { result } = await invoke(handler, request());
    expect(result).toMatchObject({ statusCode: 500 });
    expect(messages[0]).toMatch(
      /^@middy-hardening\/timeout-guard: option "reserveMs" is 5000, but the function's timeout leaves only \d+ ms\. Raise the timeout, or lower "reserveMs"\.$/,
    );
  });

  it("answers at once when an invocation begins with no time left, although others had some", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const work = vi.fn(() => ({ statusCode: 200 }));
    const handler = middy(work, deadline.plugin).use(answers()).use(deadline);
    await invokeFor(handler);
    const late = await invokeFor(handler, request(), lambdaContext({ timeoutMs: 300 }));
    expect(late.result).toEqual(unavailable);
    expect(late.events).toEqual(["deadline_exceeded blocked handler"]);
    expect(work).toHaveBeenCalledTimes(1);
    expect((await invokeFor(handler)).result).toEqual({ statusCode: 200 });
  });

  it("guards the next invocation with the context object of one that was cut off", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const handler = middy(hang, deadline.plugin).use(answers()).use(deadline);
    const context = lambdaContext({ getRemainingTimeInMillis: () => 3_000 });
    await invokeFor(handler, request(), context);
    const { events } = await invokeFor(handler, request(), context);
    expect(events[0]).toBe("deadline_exceeded blocked handler");
  });

  it("keeps interleaved invocations apart", async () => {
    useFakeTime();
    const deadline = timeoutGuard();
    const handler = middy(async ({ waitMs }: { waitMs: number }) => {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      return { waitMs };
    }, deadline.plugin).use(deadline);
    const all = Array.from({ length: 100 }, (_, index) =>
      invoke(handler, { waitMs: index % 2 === 0 ? index : 4_000 + index }),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    for (const [index, outcome] of (await Promise.all(all)).entries()) {
      if (index % 2 === 0) expect(outcome.result).toEqual({ waitMs: index });
      else expect(outcome.error?.errorType).toBe("DeadlineExceeded");
    }
  });
});
