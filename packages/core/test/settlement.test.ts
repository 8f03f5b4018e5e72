import middy, { type MiddlewareObj, type Request } from "@middy/core";
import { describe, expect, it } from "vitest";
import {
  atSettlement,
  type Review,
  type SettlementTask,
  settle,
  settleEarly,
  settleNow,
} from "../src/index.ts";

/** A middleware that announces a task, and settles like all that do. */
function settling(task: SettlementTask): MiddlewareObj {
  return {
    before: (request) => atSettlement(request, task),
    after: (request) => settle(request, task),
    onError: (request) => settle(request, task),
  };
}

const answer = (status: number): MiddlewareObj => ({
  onError: (request) => {
    request.response = { statusCode: status };
  },
});

const failing = (message: string): MiddlewareObj => ({
  before: () => {
    throw new Error(message);
  },
});

const context = {} as Request["context"];

function journal(): { entries: string[]; note: (name: string) => SettlementTask } {
  const entries: string[] = [];
  const note = (name: string) => (request: Request) => {
    entries.push(`${name} ${request.response?.statusCode ?? request.error}`);
  };
  return { entries, note };
}

describe("settlement", () => {
  it("runs all tasks once, from the innermost to the outermost, after the last `after`", async () => {
    const { entries, note } = journal();
    const handler = middy(() => ({ statusCode: 200 }))
      .use(settling(note("outer")))
      .use({
        after: (request) => {
          request.response.statusCode = 299;
        },
      })
      .use(settling(note("middle")))
      .use(settling(note("inner")));
    await handler({}, context);
    expect(entries).toEqual(["inner 299", "middle 299", "outer 299"]);
  });

  it("runs them with the response that the outermost made of an error", async () => {
    const { entries, note } = journal();
    const sanitizer = settling(note("sanitizer"));
    const handler = middy(() => {
      throw new Error("secret");
    })
      .use({
        ...sanitizer,
        onError: (request) => {
          request.response = { statusCode: 500 };
          return sanitizer.onError?.(request);
        },
      })
      .use(settling(note("headers")));
    expect(await handler({}, context)).toEqual({ statusCode: 500 });
    expect(entries).toEqual(["headers 500", "sanitizer 500"]);
  });

  it("runs the task of one that stands alone", async () => {
    const { entries, note } = journal();
    const handler = middy(() => ({ statusCode: 200 })).use(settling(note("only")));
    await handler({}, context);
    expect(entries).toEqual(["only 200"]);
  });

  it("keeps invocations that run at the same time apart", async () => {
    const { entries, note } = journal();
    const handler = middy(async (event: { status: number }) => {
      await Promise.resolve();
      return { statusCode: event.status };
    })
      .use(settling(note("outer")))
      .use(settling(note("inner")));
    await Promise.all([handler({ status: 201 }, context), handler({ status: 202 }, context)]);
    expect(entries).toEqual(["inner 201", "outer 201", "inner 202", "outer 202"]);
  });

  it("can be early, for a `before` that ends the invocation", async () => {
    const { entries, note } = journal();
    const handler = middy(() => ({ statusCode: 200 }))
      .use(settling(note("outer")))
      .use(settling(note("inner")))
      .before((request) => {
        request.response = { statusCode: 204 };
        settleNow(request);
        return request.response;
      });
    expect(await handler({}, context)).toEqual({ statusCode: 204 });
    expect(entries).toEqual(["inner 204", "outer 204"]);
  });

  it("is nothing when nobody announced a task", () => {
    expect(() => settleNow({} as Request)).not.toThrow();
  });

  it("includes middlewares whose `before` did not run because one further out failed", async () => {
    const { entries, note } = journal();
    const handler = middy()
      .use(answer(500))
      .use(settling(note("outer")))
      .use(settling(note("logger")))
      .use(failing("no"))
      .use(settling(note("headers")))
      .use(settling(note("inner")));
    await handler({}, context);
    expect(entries).toEqual([
      "inner Error: no",
      "headers Error: no",
      "logger Error: no",
      "outer Error: no",
    ]);
  });

  it("runs each task alone when the failure came before any announcement", async () => {
    const { entries, note } = journal();
    const handler = middy()
      .use(answer(500))
      .use(failing("no"))
      .use(settling(note("outer")))
      .use(settling(note("inner")));
    await handler({}, context);
    expect(entries).toEqual(["inner Error: no", "outer Error: no"]);
  });

  describe("with a task that throws", () => {
    const throwing =
      (note: SettlementTask, message: string): SettlementTask =>
      (request) => {
        note(request);
        if (request.response?.statusCode === 200) throw new Error(message);
      };

    it("runs the others and throws the first error at the end", () => {
      const { entries, note } = journal();
      const request = { response: { statusCode: 200 } } as Request;
      atSettlement(request, throwing(note("outer"), "outer failed"));
      atSettlement(request, note("middle"));
      atSettlement(request, throwing(note("inner"), "inner failed"));
      expect(() => settleNow(request)).toThrow("inner failed");
      expect(entries).toEqual(["inner 200", "middle 200", "outer 200"]);
    });

    it("throws even what is no error at all", () => {
      const request = {} as Request;
      atSettlement(request, () => {
        throw undefined;
      });
      let caught: unknown = "nothing";
      try {
        settleNow(request);
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeUndefined();
    });

    it("makes its error the outcome, with which all tasks run again", async () => {
      const { entries, note } = journal();
      const outer = settling(note("outer"));
      const handler = middy(() => ({ statusCode: 200 }))
        .use({
          ...outer,
          onError: (request) => {
            request.response = { statusCode: 500 };
            return outer.onError?.(request);
          },
        })
        .use(settling(throwing(note("inner"), "no")));
      expect(await handler({}, context)).toEqual({ statusCode: 500 });
      expect(entries).toEqual(["inner 200", "outer 200", "inner 500", "outer 500"]);
    });
  });
});

describe("settlement for a `before` that answers early without a thought of it", () => {
  const requestWith = (response: unknown): Request =>
    ({ event: {}, context: {}, internal: {}, response, error: undefined }) as unknown as Request;

  it("runs the tasks once the outermost has looked at the answer", async () => {
    const { entries, note } = journal();
    const replace: Review = (request) => {
      request.response = { statusCode: 500 };
    };
    for (const review of [replace, async (request: Request) => replace(request)]) {
      const request = requestWith({ statusCode: 200 });
      atSettlement(request, note("outer"), review);
      atSettlement(request, note("inner"), () => {
        throw new Error("Only the outermost looks.");
      });
      await settleEarly(request);
    }
    expect(entries).toEqual(["inner 500", "outer 500", "inner 500", "outer 500"]);
  });

  it("runs them where nobody looks, and none where they have run or nobody has announced one", () => {
    const { entries, note } = journal();
    const request = requestWith({ statusCode: 200 });
    settleEarly(request);
    atSettlement(request, note("only"));
    settleEarly(request);
    settleEarly(request);
    expect(entries).toEqual(["only 200"]);
  });

  it("runs none when the invocation has been answered otherwise while it was looked at", async () => {
    const { entries, note } = journal();
    const request = requestWith({ statusCode: 200 });
    atSettlement(request, note("only"), () => Promise.resolve());
    const looked = settleEarly(request);
    settleNow(request);
    await looked;
    expect(entries).toEqual(["only 200"]);
  });

  it("fails with what the look fails with, and leaves the tasks to `onError`", () => {
    const { entries, note } = journal();
    const request = requestWith({ statusCode: 200 });
    atSettlement(request, note("only"), () => {
      throw new Error("A leak.");
    });
    expect(() => settleEarly(request)).toThrow("A leak.");
    expect(entries).toEqual([]);
  });
});
