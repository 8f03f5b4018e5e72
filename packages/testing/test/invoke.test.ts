import middy from "@middy/core";
import { describe, expect, it } from "vitest";
import { invoke, lambdaContext } from "../src/index.ts";

const throwing = (thrown: unknown) => async () => {
  throw thrown;
};

describe("invoke", () => {
  it("hands the event over as JSON, so that nothing is shared with the test", async () => {
    const event = { list: [1], date: new Date(0), nothing: undefined };
    let received: unknown;
    await invoke(async (given: unknown) => {
      received = given;
      (given as typeof event).list.push(2);
    }, event);
    expect(received).toEqual({ list: [1, 2], date: "1970-01-01T00:00:00.000Z" });
    expect(event.list).toEqual([1]);
  });

  it("lets an own `__proto__` key through, as the runtime does", async () => {
    const { result } = await invoke(
      async (event: object) => [Object.hasOwn(event, "__proto__"), Object.assign({}, event)],
      '{"__proto__":{"isAdmin":true}}',
    );
    expect(result).toEqual([true, {}]);
  });

  it("takes nothing for an empty object", async () => {
    expect((await invoke(async (event: unknown) => event, undefined)).payload).toBe("{}");
  });

  it("refuses what no invoker could send", async () => {
    const handler = async () => "never";
    await expect(invoke(handler, "{")).rejects.toThrow(SyntaxError);
    await expect(invoke(handler, 1n)).rejects.toThrow(TypeError);
  });

  it("gives the result after its way through JSON", async () => {
    const result = { id: 1, at: new Date(0), gone: undefined };
    expect(await invoke(async () => result, {})).toEqual({
      payload: '{"id":1,"at":"1970-01-01T00:00:00.000Z"}',
      result: { id: 1, at: "1970-01-01T00:00:00.000Z" },
      runtimeLog: [],
    });
  });

  it("turns a result of nothing into null", async () => {
    expect(await invoke(async () => undefined, {})).toMatchObject({
      payload: "null",
      result: null,
    });
  });

  it("serves a handler that is wrapped by Middy, and one that is not asynchronous", async () => {
    const handler = middy(() => ({ statusCode: 200 }));
    expect((await invoke(handler, {})).result).toEqual({ statusCode: 200 });
    expect((await invoke(() => "now", {})).result).toBe("now");
  });

  it("gives the handler a context", async () => {
    const read = async (_event: unknown, context: { awsRequestId: string }) => context.awsRequestId;
    expect((await invoke(read, {}, lambdaContext({ awsRequestId: "7f6e" }))).result).toBe("7f6e");
    expect((await invoke(read, {})).result).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("a failed invocation tells its caller", () => {
  it("name, message and stack of an error, and logs its properties", async () => {
    const error = Object.assign(new TypeError("postgres://app:hunter2@db"), {
      config: { headers: { authorization: "Bearer x" } },
      code: "ECONNREFUSED",
    });
    const outcome = await invoke(throwing(error), {});
    expect(outcome.error).toEqual({
      errorType: "TypeError",
      errorMessage: "postgres://app:hunter2@db",
      trace: error.stack?.split("\n"),
    });
    expect(JSON.parse(outcome.payload)).toEqual(outcome.error);
    expect("result" in outcome).toBe(false);
    expect(outcome.runtimeLog).toHaveLength(1);
    const [prefix, json] = (outcome.runtimeLog[0] as string).split("\t") as [string, string];
    expect(prefix).toBe("Invoke Error");
    expect(JSON.parse(json)).toEqual({
      errorType: "TypeError",
      errorMessage: "postgres://app:hunter2@db",
      code: "ECONNREFUSED",
      config: { headers: { authorization: "Bearer x" } },
      stack: error.stack?.split("\n"),
    });
  });

  it.each<[string, unknown, object]>([
    [
      "null as a handled failure",
      null,
      { errorType: "string", errorMessage: "handled", trace: [] },
    ],
    ["nothing likewise", undefined, { errorType: "string", errorMessage: "handled", trace: [] }],
    ["a text", "boom", { errorType: "string", errorMessage: "boom", trace: [] }],
    ["a number", 0, { errorType: "number", errorMessage: "0", trace: [] }],
    ["an object", { a: 1 }, { errorType: "object", errorMessage: "[object Object]", trace: [] }],
    [
      "an object like an error",
      { name: "Odd", message: "no", stack: "Odd: no\n  at x" },
      { errorType: "Odd", errorMessage: "no", trace: ["Odd: no", "  at x"] },
    ],
    [
      "an error without a stack",
      Object.assign(new Error("no"), { stack: "" }),
      { errorType: "Error", errorMessage: "no", trace: [""] },
    ],
    [
      "DEL characters, escaped",
      { name: "a\x7F", message: "b\x7F", stack: "c\x7F" },
      { errorType: "a%7F", errorMessage: "b%7F", trace: ["c%7F"] },
    ],
  ])("%s", async (_title, thrown, error) => {
    const outcome = await invoke(throwing(thrown), {});
    expect(outcome.error).toEqual(error);
    expect(outcome.runtimeLog[0]).toMatch(/^Invoke Error\t\{/);
  });

  it.each([
    ["a throwing getter", Object.defineProperty(new Error("x"), "message", { get: fail })],
    ["a stack that is no text", Object.assign(new Error("x"), { stack: 1 })],
    ["a name that is no text", Object.assign(new Error("x"), { name: null })],
  ])("nothing but that there was a problem, for %s", async (_title, thrown) => {
    const { error, runtimeLog } = await invoke(throwing(thrown), {});
    expect(error).toEqual({
      errorType: "handled",
      errorMessage:
        "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
    });
    expect(runtimeLog).toHaveLength(1);
  });

  it("what the runtime can log of an error that is circular", async () => {
    const error = new Error("loop");
    error.cause = error;
    const circular = Object.assign(new Error("loop"), { self: {} });
    circular.self = circular;
    const { error: reported, runtimeLog } = await invoke(throwing(circular), {});
    expect(reported?.errorMessage).toBe("loop");
    expect(runtimeLog[0]).toContain('"errorMessage":"loop"');
    expect((await invoke(throwing(error), {})).error?.errorMessage).toBe("loop");
  });

  it.each([
    ["an object without a prototype", Object.create(null), "TypeError"],
    ["a symbol", Symbol("x"), "TypeError"],
    ["a proxy whose traps throw", new Proxy({}, { getPrototypeOf: fail }), "RangeError"],
  ])("why %s could not be logged", async (_title, thrown, errorType) => {
    expect((await invoke(throwing(thrown), {})).error?.errorType).toBe(errorType);
  });

  it("that the runtime exited, when even that cannot be logged", async () => {
    const hostile: object = new Proxy(
      {},
      {
        getPrototypeOf: () => {
          throw hostile;
        },
      },
    );
    expect((await invoke(throwing(hostile), {})).error).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: "Error: Runtime exited with error: exit status 128",
    });
  });

  it.each([
    [
      "circular",
      () => {
        const loop: { self?: unknown } = {};
        loop.self = loop;
        return loop;
      },
    ],
    ["a bigint", () => ({ id: 1n })],
    [
      "with a throwing getter",
      () => Object.defineProperty({}, "x", { get: fail, enumerable: true }),
    ],
  ])("that the result is %s", async (_title, make) => {
    expect((await invoke(async () => make(), {})).error).toMatchObject({
      errorType: "Error",
      errorMessage: "Unable to stringify response body",
    });
  });

  it("that the result has no JSON", async () => {
    expect((await invoke(async () => () => 1, {})).error).toMatchObject({
      errorType: "TypeError",
      errorMessage: "Wrong arguments",
    });
  });

  it("that the result is larger than Lambda lets through, to the byte", async () => {
    const fits = "x".repeat(6_291_556 - 2);
    expect((await invoke(async () => fits, {})).error).toBeUndefined();
    const outcome = await invoke(async () => `${fits}x`, {});
    expect(outcome).toEqual({
      payload: JSON.stringify(outcome.error),
      error: {
        errorType: "Function.ResponseSizeTooLarge",
        errorMessage:
          "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
      },
      runtimeLog: [],
    });
    const wide = "é".repeat(6_291_556 / 2);
    expect((await invoke(async () => wide, {})).error?.errorType).toBe(
      "Function.ResponseSizeTooLarge",
    );
  });
});

function fail(): never {
  throw new RangeError("no");
}
