import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, it } from "vitest";
import {
  publishSecurityEvent,
  type RequestLike,
  refuse,
  SECURITY_EVENT_CHANNEL,
  Secret,
  type SecurityEvent,
  type SecurityEventName,
  severityOf,
} from "../src/index.ts";

const request = { event: {}, context: { awsRequestId: "7f6e0b1c" } } as RequestLike;
const published: SecurityEvent[] = [];
const listener = (event: unknown): void => {
  published.push(event as SecurityEvent);
};
const listen = (): void => subscribe(SECURITY_EVENT_CHANNEL, listener);

afterEach(() => {
  unsubscribe(SECURITY_EVENT_CHANNEL, listener);
  published.length = 0;
});

const thrower = (): never => {
  throw new Error("hostile");
};

/** Every name of the vocabulary that is not a WARN. */
const LEVELS: Partial<Record<SecurityEventName, string>> = {
  authn_login_success: "INFO",
  authn_login_successafterfail: "INFO",
  authn_password_change: "INFO",
  authn_token_created: "INFO",
  authn_token_revoked: "INFO",
  session_created: "INFO",
  session_renewed: "INFO",
  session_expired: "INFO",
  upload_complete: "INFO",
  upload_stored: "INFO",
  upload_validation: "INFO",
  upload_delete: "INFO",
  authn_password_change_fail: "CRITICAL",
  authn_impossible_travel: "CRITICAL",
  authn_token_reuse: "CRITICAL",
  authz_fail: "CRITICAL",
  malicious_extraneous: "CRITICAL",
  malicious_attack_tool: "CRITICAL",
  malicious_cors: "CRITICAL",
  malicious_direct_reference: "CRITICAL",
  sequence_fail: "CRITICAL",
  session_use_after_expire: "CRITICAL",
  response_leak: "CRITICAL",
};

/** Complete, or it would not compile. */
const NAMES: Record<SecurityEventName, true> = {
  authn_login_success: true,
  authn_login_successafterfail: true,
  authn_login_fail: true,
  authn_login_fail_max: true,
  authn_login_lock: true,
  authn_password_change: true,
  authn_password_change_fail: true,
  authn_impossible_travel: true,
  authn_token_created: true,
  authn_token_revoked: true,
  authn_token_reuse: true,
  authn_token_delete: true,
  authz_fail: true,
  authz_change: true,
  authz_admin: true,
  crypt_decrypt_fail: true,
  crypt_encrypt_fail: true,
  excess_rate_limit_exceeded: true,
  upload_complete: true,
  upload_stored: true,
  upload_validation: true,
  upload_delete: true,
  input_validation_fail: true,
  input_validation_discrete_fail: true,
  malicious_excess_404: true,
  malicious_extraneous: true,
  malicious_attack_tool: true,
  malicious_cors: true,
  malicious_direct_reference: true,
  privilege_permissions_changed: true,
  sensitive_create: true,
  sensitive_read: true,
  sensitive_update: true,
  sensitive_delete: true,
  sequence_fail: true,
  session_created: true,
  session_renewed: true,
  session_expired: true,
  session_use_after_expire: true,
  sys_startup: true,
  sys_shutdown: true,
  sys_restart: true,
  sys_crash: true,
  sys_monitor_disabled: true,
  sys_monitor_enabled: true,
  user_created: true,
  user_updated: true,
  user_archived: true,
  user_deleted: true,
  deadline_exceeded: true,
  response_leak: true,
  response_too_large: true,
  response_validation_fail: true,
  secret_load_fail: true,
  work_outlived_invocation: true,
};

describe("severityOf", () => {
  it.each(Object.keys(NAMES) as SecurityEventName[])("levels %s as the vocabulary does", (name) => {
    expect(severityOf(name)).toBe(LEVELS[name] ?? "WARN");
  });
});

describe("publishSecurityEvent", () => {
  it("tells a subscriber what happened, where and how bad it is", () => {
    listen();
    publishSecurityEvent(request, {
      name: "authz_fail",
      params: ["user-1", "order-2"],
      outcome: "blocked",
      description: "The order belongs to somebody else.",
      source: "orders",
    });
    expect(published).toEqual([
      {
        name: "authz_fail",
        params: ["user-1", "order-2"],
        severity: "CRITICAL",
        outcome: "blocked",
        description: "The order belongs to somebody else.",
        source: "orders",
        request: {
          requestId: "7f6e0b1c",
          functionName: "",
          functionVersion: "",
          eventSource: "direct",
        },
      },
    ]);
  });

  it("fills in what the publisher leaves out", () => {
    listen();
    publishSecurityEvent(request, { name: "malicious_cors", severity: "INFO" });
    expect(published).toMatchObject([
      {
        params: [],
        severity: "INFO",
        outcome: "detected",
        description: "malicious_cors",
        source: "application",
      },
    ]);
  });

  it("makes hostile parameters and descriptions printable and short", () => {
    listen();
    publishSecurityEvent(request, {
      name: "authz_fail",
      params: ["a\r\n2026-01-01 INFO forged", "x".repeat(1000), 7 as never],
      description: "\u001b[2J".repeat(1000),
    });
    expect(published[0]?.params[0]).toBe("a\\u{d}\\u{a}2026-01-01 INFO forged");
    expect(published[0]?.params[1]).toHaveLength(64);
    expect(published[0]?.params[2]).toBe("7");
    expect(published[0]?.description).toHaveLength(256);
  });

  it("reads nothing of the input or the request when nobody listens", () => {
    let reads = 0;
    const counting = new Proxy({} as never, {
      get() {
        reads += 1;
      },
    });
    publishSecurityEvent(counting, counting);
    expect(reads).toBe(0);
    listen();
    publishSecurityEvent(counting, counting);
    expect(reads).toBeGreaterThan(0);
  });

  it.each([
    ["an object whose toString throws", { toString: thrower }, "object"],
    ["an object without a prototype", Object.create(null), "object"],
    ["a proxy that throws", new Proxy({}, { get: thrower }), "object"],
    ["a symbol", Symbol("user"), "Symbol(user)"],
    ["a BigInt", 10n ** 100n, `1${"0".repeat(62)}…`],
    ["nothing", undefined, "undefined"],
    ["an array", ["a", "b"], "a,b"],
  ])("survives %s as a parameter, and tells the others", (_name, hostile, shown) => {
    listen();
    publishSecurityEvent(request, { name: "authz_fail", params: [hostile, "order"] });
    expect(published).toMatchObject([{ params: [shown, "order"] }]);
  });

  it("cuts no live secret in two, of which no subscriber could recognise the rest", () => {
    listen();
    const value = `key-${"0123456789abcdef".repeat(10)}`;
    using secret = new Secret("signing", value);
    publishSecurityEvent(request, {
      name: "authz_fail",
      params: [`bearer ${value}`, "order"],
      description: `${"x".repeat(200)} ${value}`,
    });
    expect(published).toMatchObject([
      { params: [secret.label, "order"], description: secret.label },
    ]);
  });

  it("tells sixteen of a million parameters", () => {
    listen();
    publishSecurityEvent(request, { name: "authz_fail", params: Array(1_000_000).fill("x") });
    expect(published[0]?.params).toHaveLength(16);
  });

  it.each([
    ["parameters that are no array", { name: "authz_fail", params: "u-1" }],
    ["a name that is no text", { name: { toString: thrower } }],
    [
      "a level and an outcome that do not exist",
      { name: "authz_fail", severity: "SEVERE", outcome: "x" },
    ],
  ])("publishes an event with %s as well as it can", (_name, input) => {
    listen();
    publishSecurityEvent(request, input as never);
    expect(published).toMatchObject([{ outcome: "detected", source: "application" }]);
    expect(["CRITICAL", "WARN"]).toContain(published[0]?.severity);
  });

  it("publishes a name that is not of the vocabulary as a WARN, on one short line", () => {
    listen();
    publishSecurityEvent(request, { name: `made_up\n${"x".repeat(100)}` as never });
    expect(published).toMatchObject([{ severity: "WARN" }]);
    expect(published[0]?.name).toMatch(/^made_up\\u\{a\}x+…$/);
    expect(published[0]?.name).toHaveLength(64);
  });

  it("never throws, whatever it is given", () => {
    listen();
    const hostile = new Proxy({}, { get: thrower, has: thrower });
    for (const value of [undefined, null, 7, hostile, () => {}]) {
      expect(() => publishSecurityEvent(value as never, value as never)).not.toThrow();
      expect(() => publishSecurityEvent(request, value as never)).not.toThrow();
      expect(() => publishSecurityEvent(value as never, { name: "sys_crash" })).not.toThrow();
    }
  });

  it("levels the validation of an upload by what it says, as the vocabulary does", () => {
    listen();
    const name = "upload_validation";
    publishSecurityEvent(request, { name, params: ["cat.png", "virusscan:FAILED"] });
    publishSecurityEvent(request, { name, params: ["cat.png", "virusscan:passed"] });
    publishSecurityEvent(request, { name, params: ["x:FAILED"], severity: "INFO" });
    expect(published.map(({ severity }) => severity)).toEqual(["CRITICAL", "INFO", "INFO"]);
  });
});

describe("refuse", () => {
  it("publishes a blocked event and throws what the caller may read", () => {
    listen();
    const refusal = {
      statusCode: 405,
      code: "method_not_allowed",
      detail: "Only GET is allowed.",
      headers: { allow: "GET" },
      extensions: { limit: 1 },
      source: "@middy-hardening/payload-guard",
      params: ["method"],
    };
    expect(() => refuse(request, refusal)).toThrow(
      expect.objectContaining({
        statusCode: 405,
        code: "method_not_allowed",
        detail: "Only GET is allowed.",
        headers: { allow: "GET" },
        extensions: { limit: 1 },
      }),
    );
    expect(published).toMatchObject([
      {
        name: "input_validation_fail",
        params: ["method"],
        severity: "WARN",
        outcome: "blocked",
        description: "Only GET is allowed. (405 method_not_allowed)",
        source: "@middy-hardening/payload-guard",
      },
    ]);
  });

  it("publishes under another name where there is a better one", () => {
    listen();
    const refusal = { statusCode: 403, code: "c", detail: "d", source: "s", params: [] };
    expect(() => refuse(request, { ...refusal, event: "malicious_cors" })).toThrow("d");
    expect(published).toMatchObject([{ name: "malicious_cors", severity: "CRITICAL" }]);
  });
});
