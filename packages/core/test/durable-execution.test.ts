import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  PublicError,
  publishSecurityEvent,
  type RequestLike,
  refuse,
  SECURITY_EVENT_CHANNEL,
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
