import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import middy from "@middy/core";
import { captureSecurityEvents, invoke, lambdaContext } from "@middy-hardening/testing";
import timeoutGuard, {
  type Deadline,
  type DeadlineExceeded,
  deadlineOf,
} from "@middy-hardening/timeout-guard";
import type { Context } from "aws-lambda";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { answers, hang, invokeFor, request, turns, useFakeTime } from "./support.ts";

interface WithDeadline extends Context {
  readonly deadline: Deadline;
}

describe("options", () => {
  it.each([
    [{ reserveMs: 0 }, /option "reserveMs" must be a whole number of milliseconds from 1/],
    [{ reserveMs: Number.POSITIVE_INFINITY }, /"reserveMs" must be/],
    [{ defaultTimeoutMs: 3e9 }, /"defaultTimeoutMs" must be/],
    [{ statusCode: 500 }, /"statusCode" must be 503 or 504/],
    [{ reserve: 500 }, /unknown option "reserve"\. Did you mean "reserveMs"\?/],
    [
      { reserveMs: 5_000, defaultTimeoutMs: 5_000 },
      /"defaultTimeoutMs" is 5000, which leaves nothing beside the 5000 of "reserveMs"/,
    ],
  ])("refuses %j when the function is set up", (options, message) => {
    expect(() => timeoutGuard(options as object)).toThrow(TypeError);
    expect(() => timeoutGuard(options as object)).toThrow(message);
  });
});

describe("the middleware alone", () => {
  it("puts the deadline on the context, where nothing that copies or prints the context finds it", async () => {
    useFakeTime();
    const handler = middy((_event: unknown, context: WithDeadline) => ({
      remainingMs: context.deadline.remainingMs(),
      isAborted: context.deadline.signal.aborted,
      keys: Object.keys(context).includes("deadline"),
    })).use(timeoutGuard({ reserveMs: 700 }));
    const { result } = await invoke(handler, {});
    expect(result).toEqual({ remainingMs: 2_300, isAborted: false, keys: false });
  });

  it("aborts the signal and publishes one event when the reserve is reached", async () => {
    useFakeTime();
    const handler = middy(async (_event: unknown, { deadline }: WithDeadline) => {
      await new Promise((resolve) => deadline.signal.addEventListener("abort", resolve));
      const { name, statusCode } = deadline.signal.reason as DeadlineExceeded;
      return { name, statusCode, remainingMs: deadline.remainingMs() };
    }).use(timeoutGuard());
    const { result, events } = await invokeFor(handler, {});
    expect(result).toEqual({ name: "DeadlineExceeded", statusCode: 503, remainingMs: 0 });
    expect(events).toEqual(["deadline_exceeded detected"]);
  });

  it("gives a signal that has aborted to whoever reads it for the first time after the deadline", async () => {
    useFakeTime();
    const handler = middy(async (_event: unknown, { deadline }: WithDeadline) => {
      await new Promise((resolve) => setTimeout(resolve, 2_600));
      return deadline.signal.aborted;
    }).use(timeoutGuard());
    expect((await invokeFor(handler, {})).result).toBe(true);
  });

  it("ends with its invocation, done or failed, and never fires in a later one", async () => {
    useFakeTime();
    const deadlines: (Deadline | undefined)[] = [];
    const handler = middy((event: { readonly fails: boolean }, context: Context) => {
      deadlines.push(deadlineOf(context));
      if (event.fails) throw new Error("wrong");
    }).use(timeoutGuard());
    using captured = captureSecurityEvents();
    await invoke(handler, { fails: false });
    await invoke(handler, { fails: true });
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(captured.events).toEqual([]);
    expect(deadlines.map((deadline) => deadline?.signal.aborted)).toEqual([false, false]);
  });

  it("never fires after a hook has answered early, which no middleware is told of", async () => {
    useFakeTime();
    const handler = middy(hang)
      .use(timeoutGuard())
      .before(() => "warm");
    const { result, events } = await invokeFor(handler, {});
    expect(result).toBe("warm");
    expect(events).toEqual([]);
  });

  it("never fires in another invocation of an environment that thaws", async () => {
    useFakeTime();
    vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-any");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    // A durable execution is suspended: its handler never comes back, and no hook runs.
    const suspended = middy(hang).use(timeoutGuard());
    using captured = captureSecurityEvents();
    void invoke(suspended, {});
    await vi.advanceTimersByTimeAsync(1_000);
    await invoke(middy(() => "next").use(timeoutGuard()), {});
    await vi.advanceTimersByTimeAsync(5_000);
    expect(captured.events).toEqual([]);
  });

  it("fires for each invocation of a managed instance, although a handler has set a trace", async () => {
    useFakeTime();
    vi.stubEnv("AWS_LAMBDA_MAX_CONCURRENCY", "10");
    vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-message");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const handler = middy(async (_event: unknown, { deadline }: WithDeadline) => {
      await new Promise((resolve) => deadline.signal.addEventListener("abort", resolve));
      return "aborted";
    }).use(timeoutGuard());
    const [first, second] = await Promise.all([invokeFor(handler, {}), invokeFor(handler, {})]);
    expect([first.result, second.result]).toEqual(["aborted", "aborted"]);
  });

  it("serves the next invocation with the same context object", async () => {
    const context = lambdaContext();
    const handler = middy((_event: unknown, { deadline }: WithDeadline) => deadline).use(
      timeoutGuard(),
    );
    const first = await handler({}, context as WithDeadline);
    expect(await handler({}, context as WithDeadline)).not.toBe(first);
  });

  it("has one deadline where it is in the chain twice", async () => {
    useFakeTime();
    const handler = middy((_event: unknown, { deadline }: WithDeadline) => deadline.remainingMs())
      .use(timeoutGuard())
      .use(timeoutGuard({ reserveMs: 1_000 }));
    expect((await invoke(handler, {})).result).toBe(2_500);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("reads the time of the Lambda context within a durable one", async () => {
    useFakeTime();
    const { getRemainingTimeInMillis, ...rest } = lambdaContext();
    const context = { ...rest, lambdaContext: { getRemainingTimeInMillis } };
    const handler = middy((_event: unknown, { deadline }: WithDeadline) =>
      deadline.remainingMs(),
    ).use(timeoutGuard());
    expect((await invoke(handler, {}, context as unknown as Context)).result).toBe(2_500);
  });

  it("takes the configured default where the context does not tell the time, and says so once", async () => {
    useFakeTime();
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    onTestFinished(() => warn.mockRestore());
    const handler = middy((_event: unknown, { deadline }: WithDeadline) =>
      deadline.remainingMs(),
    ).use(timeoutGuard({ defaultTimeoutMs: 10_000 }));
    const bare = { ...lambdaContext(), getRemainingTimeInMillis: undefined } as unknown as Context;
    expect((await invoke(handler, {}, bare)).result).toBe(9_500);
    expect((await invoke(handler, {}, { ...bare })).result).toBe(9_500);
    const broken = { ...bare, getRemainingTimeInMillis: () => Number.NaN };
    expect((await invoke(handler, {}, broken)).result).toBe(9_500);
    expect(warn.mock.calls).toEqual([
      [
        '@middy-hardening/timeout-guard: the context has no getRemainingTimeInMillis(); each invocation is given 10000 ms (option "defaultTimeoutMs").',
        "TimeoutGuardWarning",
      ],
    ]);
  });

  it("takes the default, too, where telling the time fails, and has time where a test gives endless time", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    onTestFinished(() => warn.mockRestore());
    // Middy's own timeout would fail with such clocks.
    const handler = middy(
      async (_event: unknown, { deadline }: WithDeadline) => {
        await sleep(5);
        return deadline.signal.aborted;
      },
      { timeoutEarlyInMillis: 0 },
    ).use(timeoutGuard());
    const clocks: Context["getRemainingTimeInMillis"][] = [
      () => {
        throw new Error("no time");
      },
      () => Number.MAX_SAFE_INTEGER,
      () => Number.POSITIVE_INFINITY,
    ];
    for (const getRemainingTimeInMillis of clocks) {
      const context = lambdaContext({ getRemainingTimeInMillis });
      expect((await invoke(handler, {}, context)).result).toBe(false);
    }
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it("fails clearly at the first invocation when the reserve is longer than the timeout", async () => {
    const handler = middy(() => "done").use(timeoutGuard({ reserveMs: 3_000 }));
    const { error } = await invoke(handler, {});
    expect(error?.errorMessage).toMatch(/"reserveMs" is 3000, but the function's timeout leaves/);
    expect((await invoke(handler, {})).error?.errorMessage).toMatch(/Raise the timeout/);
  });

  it("refuses an invocation whose time was used up before it, by 503", async () => {
    useFakeTime();
    const guard = timeoutGuard();
    const slow = { ms: 0 };
    const handler = middy(() => ({ statusCode: 200 }))
      .use(answers())
      .before(() => new Promise<void>((resolve) => setTimeout(resolve, slow.ms)))
      .use(guard);
    expect((await invokeFor(handler)).result).toEqual({ statusCode: 200 });
    slow.ms = 2_700;
    expect((await invokeFor(handler)).result).toMatchObject({ statusCode: 503 });
    slow.ms = 0;
    expect((await invokeFor(handler)).result).toEqual({ statusCode: 200 });
  });

  it("fails an invocation whose context cannot hold the deadline", async () => {
    const handler = middy(() => "done").use(timeoutGuard());
    const { error } = await invoke(handler, {}, Object.freeze(lambdaContext()));
    expect(error?.errorType).toBe("TypeError");
  });

  it("does nothing for an invocation that failed before its turn", async () => {
    const handler = middy(() => "done")
      .before(() => {
        throw new Error("earlier");
      })
      .use(timeoutGuard());
    expect((await invoke(handler, {})).error?.errorMessage).toBe("earlier");
  });
});

describe("work that outlives its invocation", () => {
  const frozen = (): Context => lambdaContext({ callbackWaitsForEmptyEventLoop: false });

  const eventsOf = async (
    work: () => unknown,
    context: Context = frozen(),
    guard = timeoutGuard(),
  ): Promise<readonly string[]> => {
    using captured = captureSecurityEvents();
    await invoke(middy(work).use(guard), request(), context);
    await turns();
    return captured.events.map(({ name, params }) => [name, ...params].join(" "));
  };

  it("is told by count and kind where the environment is frozen with it", async () => {
    const timers: NodeJS.Timeout[] = [];
    // Those of this test alone: the test runner has timers, too, which may end in between.
    const resources = vi
      .spyOn(process, "getActiveResourcesInfo")
      .mockImplementation(() => timers.filter((timer) => timer.hasRef()).map(() => "Timeout"));
    const events = await eventsOf(() => {
      timers.push(
        setTimeout(() => {}, 60_000),
        setTimeout(() => {}, 60_000),
        setTimeout(() => {}, 60_000).unref(),
      );
    });
    resources.mockRestore();
    for (const timer of timers) clearTimeout(timer);
    expect(events).toEqual(["work_outlived_invocation timers:2"]);
  });

  it("is told of sockets, too", async () => {
    const server = createServer();
    const sockets: Socket[] = [];
    server.on("connection", (socket) => sockets.push(socket));
    const events = await eventsOf(async () => {
      await once(server.listen(0), "listening");
      const socket = connect((server.address() as AddressInfo).port);
      await Promise.all([once(socket, "connect"), once(server, "connection")]);
      sockets.push(socket);
    });
    for (const socket of sockets) socket.destroy();
    server.close();
    expect(events).toEqual(["work_outlived_invocation sockets:2"]);
  });

  it("is no work that was done, no timer that keeps nothing alive, and none that was open before", async () => {
    const before = setInterval(() => {}, 60_000);
    const events = await eventsOf(async () => {
      await sleep(1);
      setTimeout(() => {}, 60_000).unref();
    });
    clearInterval(before);
    expect(events).toEqual([]);
  });

  it("is not looked for where Lambda waits for it, or where it is switched off", async () => {
    const timers: NodeJS.Timeout[] = [];
    const leave = (): void => {
      timers.push(setTimeout(() => {}, 60_000));
    };
    expect(await eventsOf(leave, lambdaContext())).toEqual([]);
    expect(await eventsOf(leave, frozen(), timeoutGuard({ openWork: "off" }))).toEqual([]);
    for (const timer of timers) clearTimeout(timer);
  });

  it("is not told by what is open in the process where invocations run side by side", async () => {
    const guard = timeoutGuard();
    const timers: NodeJS.Timeout[] = [];
    const handler = middy(async () => {
      timers.push(setTimeout(() => {}, 60_000));
      await sleep(1);
    }).use(guard);
    using captured = captureSecurityEvents();
    await Promise.all([invoke(handler, {}, frozen()), invoke(handler, {}, frozen())]);
    await turns();
    for (const timer of timers) clearTimeout(timer);
    expect(captured.events).toEqual([]);
  });

  it("is not looked for any more once the next invocation has begun", async () => {
    const guard = timeoutGuard();
    const timers: NodeJS.Timeout[] = [];
    const handler = middy(async (event: { readonly ms: number }) => {
      if (event.ms === 0) timers.push(setTimeout(() => {}, 60_000));
      await sleep(event.ms);
    }).use(guard);
    using captured = captureSecurityEvents();
    await invoke(handler, { ms: 0 }, frozen());
    // As an environment that was frozen at once, and thaws for the next one.
    await invoke(handler, { ms: 20 }, frozen());
    for (const timer of timers) clearTimeout(timer);
    expect(captured.events).toEqual([]);
  });

  it("is looked for again once an invocation that ended unseen is out of the way", async () => {
    const guard = timeoutGuard();
    const timers: NodeJS.Timeout[] = [];
    const handler = middy((_event: unknown) => {
      timers.push(setTimeout(() => {}, 60_000));
    })
      .use(guard)
      .before(({ event }) => (event === "warm" ? "warm" : undefined));
    using captured = captureSecurityEvents();
    await invoke(handler, '"warm"', frozen());
    await invoke(handler, {}, frozen());
    await turns();
    for (const timer of timers) clearTimeout(timer);
    expect(captured.events.map(({ params }) => params)).toEqual([["timers:1"]]);
  });
});
