import middy, { type MiddlewareObj, type Request } from "@middy/core";
import { atSettlement, settle } from "@middy-hardening/core";
import { invoke } from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { describe, expect, it, vi } from "vitest";
import { answers, hang, invokeFor, request, useFakeTime } from "./support.ts";

type Answered = Request & { earlyResponse?: unknown };

const served = () => ({ statusCode: 200 });
const failed = () => Promise.reject(new Error("database"));
const { plugin } = timeoutGuard();

/** Notes what an `onError` finds. */
function witness(): { seen: unknown[]; middleware: MiddlewareObj } {
  const seen: unknown[] = [];
  return {
    seen,
    middleware: {
      onError({ error, response }) {
        seen.push(error, response);
      },
    },
  };
}

describe("an `onError` that throws", () => {
  it.each([
    ["at once", (error: unknown) => () => Promise.reject(error)],
    [
      "in a promise",
      (error: unknown) => () => {
        throw error;
      },
    ],
  ])(
    "%s is answered by the hooks further out, for which its error has the first as cause",
    async (_when, throwing) => {
      const { seen, middleware } = witness();
      const thrown = new TypeError("in the hook");
      const handler = middy(failed, plugin)
        .use(answers())
        .use(middleware)
        .onError(throwing(thrown))
        .onError((given: Request) => {
          given.response = { statusCode: 409 };
        });
      const { result } = await invoke(handler, request());
      expect(result).toMatchObject({ statusCode: 500, headers: { "x-frame-options": "DENY" } });
      expect(seen).toEqual([thrown, undefined]);
      expect(thrown.cause).toEqual(new Error("database"));
    },
  );

  it.each([
    ["a frozen error", Object.freeze(new Error("frozen"))],
    ["a text", "text"],
    ["nothing", undefined],
  ])("may throw %s", async (_what, thrown) => {
    const { seen, middleware } = witness();
    const handler = middy(failed, plugin)
      .use(answers())
      .use(middleware)
      .onError(() => {
        throw thrown;
      });
    expect((await invoke(handler, request())).result).toMatchObject({ statusCode: 500 });
    expect(seen).toEqual([thrown, undefined]);
  });

  it("may throw the error that it found", async () => {
    const handler = middy(failed, plugin).onError(({ error }) => {
      throw error;
    });
    const { error } = await invoke(handler, {});
    expect(error).toMatchObject({ errorType: "Error", errorMessage: "database" });
  });
});

describe("what has a `then` and is no promise", () => {
  const query = (value: unknown, ms: number): unknown => ({
    // biome-ignore lint/suspicious/noThenProperty: what query builders return.
    then(resolve: (value: unknown) => void) {
      setTimeout(resolve, ms, value);
    },
  });

  it("is waited for, so that the hooks further out see what comes of it", async () => {
    const seen: unknown[] = [];
    const see = (given: Request): void => {
      seen.push(given.response);
    };
    const handler = middy(() => query({ statusCode: 201 }, 1), plugin).after(see);
    expect((await invoke(handler, request())).result).toEqual({ statusCode: 201 });
    const early = middy(failed, plugin)
      .onError(see)
      .onError(() => query({ statusCode: 202 }, 1));
    expect((await invoke(early, request())).result).toEqual({ statusCode: 202 });
    expect(seen).toEqual([{ statusCode: 201 }, { statusCode: 202 }]);
  });

  it("does not answer once the deadline has passed", async () => {
    useFakeTime();
    const handler = middy(() => query({ statusCode: 201 }, 2_600), plugin)
      .use(answers())
      .onError(() => new Promise<void>((resolve) => setTimeout(resolve, 200)));
    expect((await invokeFor(handler)).result).toMatchObject({ statusCode: 503 });
  });
});

describe("what a hook returns", () => {
  it.each(["after", "onError"])(
    "of an `%s` is the response that those further out see",
    async (kind) => {
      const seen: unknown[] = [];
      const outer = (given: Answered): void => {
        seen.push(given.response, "earlyResponse" in given);
        given.response.headers = { "x-outer": "1" };
      };
      const handler = middy(kind === "after" ? served : failed, plugin)
        .use({ [kind]: outer })
        .use({ [kind]: () => ({ statusCode: 418, headers: {} }) });
      expect((await invoke(handler, request())).result).toEqual({
        statusCode: 418,
        headers: { "x-outer": "1" },
      });
      expect(seen).toEqual([expect.objectContaining({ statusCode: 418 }), false]);
    },
  );

  it("of a `before` ends the chain, as without the plugin", async () => {
    const work = vi.fn();
    const hook = vi.fn();
    const handler = middy(work, plugin)
      .after(hook)
      .before(() => "warm")
      .use({ before: hook, after: hook });
    expect((await invoke(handler, {})).result).toBe("warm");
    expect(work).not.toHaveBeenCalled();
    expect(hook).not.toHaveBeenCalled();
  });

  it("of a `before` may be nothing, as `earlyResponse`", async () => {
    const work = vi.fn();
    const handler = middy(work, plugin).before((given: Answered) => {
      given.earlyResponse = undefined;
    });
    expect((await invoke(handler, {})).result).toBe(null);
    expect(work).not.toHaveBeenCalled();
  });

  it("is looked at until the deadline, and not after it", async () => {
    useFakeTime();
    const looked = Promise.withResolvers<void>();
    const told: unknown[] = [];
    const task = ({ response }: Request): void => {
      told.push(response?.statusCode);
    };
    const handler = middy(served, plugin)
      .use({
        before: (given) => atSettlement(given, task, () => looked.promise),
        onError: (given) => settle(given, task),
      })
      .use(answers())
      .before(() => ({ statusCode: 304 }));
    expect((await invokeFor(handler)).result).toMatchObject({ statusCode: 503 });
    looked.resolve();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual([503]);
  });

  it("of an `after` does not keep one further out from being cut off", async () => {
    useFakeTime();
    const handler = middy(served, plugin)
      .use(answers())
      .after(hang)
      .after(() => ({ statusCode: 200 }));
    expect((await invokeFor(handler)).result).toMatchObject({ statusCode: 503 });
  });
});
