import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Request } from "@middy/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  atSettlement,
  failInvocationAlone,
  isDurable,
  isSuspended,
  onTermination,
  PublicError,
  publishSecurityEvent,
  type RequestLike,
  refuse,
  SECURITY_EVENT_CHANNEL,
  settle,
  settleNow,
} from "../src/index.ts";

const names: string[] = [];
const listener = (event: unknown): void => {
  names.push((event as { name: string }).name);
};
beforeEach(() => subscribe(SECURITY_EVENT_CHANNEL, listener));
afterEach(() => {
  unsubscribe(SECURITY_EVENT_CHANNEL, listener);
  names.length = 0;
});

/** The form of the SDK's context (2.4), as far as it tells a replay. */
const durableContext = (durableExecutionMode: unknown) => ({
  [Symbol.for("@aws/durable-execution-sdk-js/durable-context")]: true,
  durableExecutionMode,
});

const requestOf = (context: unknown, error?: unknown): RequestLike =>
  ({ event: {}, context, error }) as unknown as RequestLike;

const refusal = {
  ...{ statusCode: 403, code: "not_yours", detail: "Not your order.", source: "test" },
  params: [],
};

describe("a durable execution that goes on after a pause", () => {
  it("publishes no event again until it reaches what it has not done yet", () => {
    const first = durableContext("ExecutionMode");
    publishSecurityEvent(requestOf(first), { name: "authn_login_success" });
    expect(names).toEqual(["authn_login_success"]);

    const again = durableContext("ReplayMode");
    publishSecurityEvent(requestOf(again), { name: "authn_login_success" });
    again.durableExecutionMode = "ExecutionMode";
    publishSecurityEvent(requestOf(again), { name: "sensitive_read" });
    expect(names).toEqual(["authn_login_success", "sensitive_read"]);
  });

  it("is silent within a part that has succeeded as a whole", () => {
    const context = durableContext("ReplaySucceededContext");
    publishSecurityEvent(requestOf(context), { name: "authz_admin" });
    expect(names).toEqual([]);
  });

  it("publishes what ends it: an earlier run that had met it would have ended too", () => {
    const context = durableContext("ReplayMode");
    expect(() => refuse(requestOf(context), refusal)).toThrow(PublicError);
    publishSecurityEvent(requestOf(context, new Error()), { name: "sys_crash" });
    expect(names).toEqual(["input_validation_fail", "sys_crash"]);
  });

  it("publishes what concerns this invocation alone", () => {
    const context = durableContext("ReplayMode");
    publishSecurityEvent(requestOf(context), { name: "secret_load_fail", onReplay: "publish" });
    expect(names).toEqual(["secret_load_fail"]);
  });
});

it.each([
  ["a Lambda context", {}],
  ["no context", undefined],
  ["a context with such a property of its own", { durableExecutionMode: "ReplayMode" }],
  ["a durable context that does not tell", durableContext(undefined)],
])("with %s every event is published", (_, context) => {
  publishSecurityEvent(requestOf(context), { name: "authz_admin" });
  expect(names).toEqual(["authz_admin"]);
});

/** A durable context whose invocation the SDK can end. */
function endable() {
  const { promise, resolve } = Promise.withResolvers<object>();
  const terminationManager = { getTerminationPromise: () => promise };
  const context = { ...durableContext("ExecutionMode"), _executionContext: { terminationManager } };
  const terminate = (reason: string, error?: unknown): Promise<void> => {
    resolve({ reason, message: "Ended.", error });
    return new Promise(setImmediate);
  };
  return { context, terminate };
}

const middyRequest = (context: unknown): Request =>
  ({ ...requestOf(context), internal: {} }) as unknown as Request;

describe("an invocation that the SDK ends", () => {
  it("is settled when its execution is suspended, once, whatever its pipeline does then", async () => {
    const { context, terminate } = endable();
    const request = middyRequest(context);
    const task = vi.fn();
    atSettlement(request, task);
    expect(isSuspended(request)).toBe(false);
    await terminate("WAIT_SCHEDULED");
    expect(task.mock.calls).toEqual([[request]]);
    expect(isSuspended(request)).toBe(true);
    expect(request.error).toBeUndefined();
    settle(request, task);
    settleNow(request);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it.each([
    ["with its error", new Error("Not the same steps as before."), "Not the same steps as before."],
    ["with its message, where there is no error", undefined, "Ended."],
  ])("is settled when its execution cannot go on, %s", async (_, error, message) => {
    const { context, terminate } = endable();
    const request = middyRequest(context);
    const errors: unknown[] = [];
    atSettlement(request, ({ error }) => errors.push(error?.message));
    await terminate("NON_DETERMINISM", error);
    expect(errors).toEqual([message]);
    expect(isSuspended(request)).toBe(false);
  });

  it("stays settled when its pipeline was faster", async () => {
    const { context, terminate } = endable();
    const request = middyRequest(context);
    const task = vi.fn();
    atSettlement(request, task);
    settle(request, task);
    await terminate("CHECKPOINT_FAILED", new Error("Too late."));
    expect(task).toHaveBeenCalledTimes(1);
    expect(request.error).toBeUndefined();
  });

  it("is over for all tasks, though one of them throws", async () => {
    const { context, terminate } = endable();
    const request = middyRequest(context);
    const task = vi.fn();
    atSettlement(request, task);
    atSettlement(request, () => {
      throw new Error("A task of an inner middleware.");
    });
    await terminate("CALLBACK_PENDING");
    expect(task).toHaveBeenCalledTimes(1);
  });

  it("harms nobody when a listener throws", async () => {
    const { context, terminate } = endable();
    const listener = vi.fn();
    onTermination(context, () => {
      throw new Error("A listener.");
    });
    onTermination(context, listener);
    await terminate("RETRY_SCHEDULED");
    expect(listener.mock.calls).toEqual([[]]);
  });

  it.each([
    ["a Lambda context", {}],
    ["no context", undefined],
    ["an SDK that does not tell", durableContext("ExecutionMode")],
  ])("is not told by %s", (_, context) => {
    expect(onTermination(context, () => expect.unreachable())).toBeUndefined();
  });
});

describe("an error that is to fail the invocation alone", () => {
  it("has the mark by which the SDK knows it, which nothing prints", () => {
    const error = new Error("Try again.");
    failInvocationAlone(durableContext("ExecutionMode"), error);
    expect(error).toHaveProperty("isUnrecoverableInvocation", true);
    expect(Object.keys(error)).toEqual([]);
  });

  it("may be frozen, and fails the execution then", () => {
    const error = Object.freeze(new Error("Try again."));
    failInvocationAlone(durableContext("ExecutionMode"), error);
    expect(error).not.toHaveProperty("isUnrecoverableInvocation");
  });

  it("is like any other where no execution is durable", () => {
    const error = new Error("Try again.");
    failInvocationAlone({}, error);
    expect(error).not.toHaveProperty("isUnrecoverableInvocation");
    expect(isDurable({})).toBe(false);
  });
});
