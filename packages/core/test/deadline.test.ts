import { type Deadline, deadlineOf, untilAborted } from "@middy-hardening/core";
import { describe, expect, it } from "vitest";

describe("deadlineOf", () => {
  it("finds the deadline on a context", () => {
    const { signal } = new AbortController();
    const deadline: Deadline = { signal, remainingMs: () => 1 };
    const context = Object.defineProperty({}, "deadline", { value: deadline });
    expect(deadlineOf(context)).toBe(deadline);
  });

  it("takes nothing else for a deadline that a context may hold under its name", () => {
    const contexts = [{}, { deadline: null }, { deadline: 3_000 }, { deadline: {} }, undefined];
    for (const context of contexts) expect(deadlineOf(context as object)).toBeUndefined();
  });
});

describe("untilAborted", () => {
  const hanging = (): Promise<never> => new Promise(() => {});

  it("gives what the work becomes, with a signal and without", async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve("done"), signal)).toBe("done");
    expect(await untilAborted(Promise.resolve("done"), undefined)).toBe("done");
    const failing = Promise.reject(new Error("unavailable"));
    await expect(untilAborted(failing, signal)).rejects.toThrow("unavailable");
  });

  it("rejects with the reason of a signal that aborts before the work is done", async () => {
    const controller = new AbortController();
    const waiting = untilAborted(hanging(), controller.signal);
    controller.abort(new Error("too late"));
    await expect(waiting).rejects.toThrow("too late");
  });

  it("rejects at once when the signal has aborted already", async () => {
    const signal = AbortSignal.abort(new Error("too late"));
    await expect(untilAborted(hanging(), signal)).rejects.toThrow("too late");
  });

  it("keeps the failure of work that nobody waits for any more from ending the process", async () => {
    const controller = new AbortController();
    let fail = (_error: Error): void => {};
    const work = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    const waiting = untilAborted(work, controller.signal);
    controller.abort(new Error("too late"));
    await expect(waiting).rejects.toThrow("too late");
    fail(new Error("later still"));
    // An unhandled rejection would fail the run.
    await new Promise(setImmediate);
  });
});
