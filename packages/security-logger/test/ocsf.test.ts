import { channel } from "node:diagnostics_channel";
import { Logger } from "@aws-lambda-powertools/logger";
import middy, { type MiddlewareObj } from "@middy/core";
import {
  invocationOf,
  PublicError,
  publishSecurityEvent,
  SECURITY_EVENT_CHANNEL,
  type SecurityEventInput,
  type SecurityEventName,
} from "@middy-hardening/core";
import { HTTP_KINDS, httpEvent, invoke, lambdaContext } from "@middy-hardening/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ocsf, type SecurityLoggerOptions, securityLogger } from "../src/index.ts";
import { answering, httpGet, type Line, ok, printedBy, publishing, refusing } from "./chain.ts";
import { ocsfEvent } from "./ocsf-schema.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** What is printed in this format, each line checked against the schema. */
async function linesBy(act: () => Promise<unknown>): Promise<readonly Line[]> {
  const { lines } = await printedBy(act);
  return lines.map((line) => {
    const parsed = ocsfEvent.safeParse(JSON.parse(line));
    expect(parsed.error?.issues, line).toBeUndefined();
    return JSON.parse(line);
  });
}

const guarded = (options: SecurityLoggerOptions = {}) =>
  middy()
    .use(answering())
    .use(securityLogger({ format: ocsf, metrics: false, ...options }));

const published = async (input: SecurityEventInput, event: unknown = httpGet): Promise<Line> => {
  const handler = guarded({ invocations: false }).use(publishing(input)).handler(ok);
  const lines = await linesBy(() => invoke(handler, event));
  expect(lines).toHaveLength(1);
  return lines[0] as Line;
};

/** One class or the other for every name, or it would not compile. */
const TYPES: Record<SecurityEventName, number> = {
  authn_login_success: 300201,
  authn_login_successafterfail: 300201,
  authn_login_fail: 300201,
  authn_login_fail_max: 300201,
  authn_login_lock: 300201,
  authn_password_change: 300299,
  authn_password_change_fail: 300299,
  authn_impossible_travel: 300299,
  authn_token_created: 300299,
  authn_token_revoked: 300299,
  authn_token_reuse: 300299,
  authn_token_delete: 300299,
  authz_fail: 200401,
  authz_change: 600303,
  authz_admin: 600399,
  crypt_decrypt_fail: 600801,
  crypt_encrypt_fail: 600801,
  excess_rate_limit_exceeded: 200401,
  upload_complete: 600301,
  upload_stored: 600301,
  upload_validation: 600399,
  upload_delete: 600304,
  input_validation_fail: 200401,
  input_validation_discrete_fail: 200401,
  malicious_excess_404: 200401,
  malicious_extraneous: 200401,
  malicious_attack_tool: 200401,
  malicious_cors: 200401,
  malicious_direct_reference: 200401,
  privilege_permissions_changed: 600303,
  sensitive_create: 600301,
  sensitive_read: 600302,
  sensitive_update: 600303,
  sensitive_delete: 600304,
  sequence_fail: 200401,
  session_created: 300201,
  session_renewed: 300299,
  session_expired: 300202,
  session_use_after_expire: 300299,
  sys_startup: 600899,
  sys_shutdown: 600899,
  sys_restart: 600899,
  sys_crash: 600801,
  sys_monitor_disabled: 600899,
  sys_monitor_enabled: 600899,
  user_created: 600301,
  user_updated: 600303,
  user_archived: 600303,
  user_deleted: 600304,
  deadline_exceeded: 600801,
  response_leak: 200401,
  response_too_large: 600801,
  response_validation_fail: 600801,
  secret_load_fail: 600801,
  work_outlived_invocation: 600801,
};

describe("an event in the format ocsf", () => {
  it.each(Object.entries(TYPES) as [SecurityEventName, number][])(
    "%s is of type %i, valid by the schema with and without HTTP and parameters",
    async (name, type) => {
      const full = await published({ name, params: ["u-1", "order"], outcome: "blocked" });
      const bare = await published({ name }, { job: 1 });

      expect(full).toMatchObject({ type_uid: type, action_id: 2, disposition_id: 2 });
      expect(bare).toMatchObject({ type_uid: type, action_id: 1, disposition_id: 15 });
    },
  );

  it("says all that there is to say of a finding", async () => {
    vi.stubEnv("AWS_REGION", "eu-west-1");
    const handler = guarded({ applicationId: "shop.orders", invocations: false })
      .use(refusing(["#/quantity"]))
      .handler(ok);
    const context = lambdaContext({ awsRequestId: "id-1" });

    const [line] = await linesBy(() => invoke(handler, httpGet, context));

    expect(line).toEqual({
      class_uid: 2004,
      category_uid: 2,
      activity_id: 1,
      type_uid: 200401,
      time: expect.any(Number),
      severity_id: 3,
      status_id: 1,
      message: "The body is invalid. (422 invalid)",
      metadata: {
        version: "1.6.0",
        product: { name: "middy-hardening", vendor_name: "middy-hardening" },
        profiles: ["cloud", "security_control"],
        event_code: "input_validation_fail",
        correlation_uid: "id-1",
      },
      cloud: {
        provider: "AWS",
        region: "eu-west-1",
        account: { uid: "123456789012", type_id: 10 },
      },
      action_id: 2,
      disposition_id: 2,
      is_alert: false,
      finding_info: {
        uid: expect.stringMatching(/^[\da-f-]{36}$/),
        title: "The body is invalid. (422 invalid)",
        types: ["input_validation_fail"],
        created_time: expect.any(Number),
      },
      evidences: [
        {
          api: {
            operation: "GET",
            service: {
              name: "shop.orders",
              uid: "arn:aws:lambda:eu-west-1:123456789012:function:orders",
              version: "$LATEST",
            },
            request: { uid: "id-1" },
          },
          src_endpoint: { svc_name: "api-gateway-http", ip: "203.0.113.7" },
          http_request: {
            http_method: "GET",
            url: { path: "/orders/1" },
            user_agent: "middy-hardening-testing",
          },
        },
      ],
      unmapped: {
        params: ["#/quantity"],
        source: "@middy-hardening/test",
        event_source: "api-gateway-http",
      },
    });
  });

  it("tells of a login who, and whether it succeeded", async () => {
    expect(await published({ name: "authn_login_success", params: ["u-1"] })).toMatchObject({
      status_id: 1,
      severity_id: 1,
      user: { uid: "u-1" },
    });
    expect(await published({ name: "authn_login_fail" })).toMatchObject({
      status_id: 2,
      severity_id: 3,
      user: { name: "unknown" },
    });
  });

  it("names an activity that the class has no number for", async () => {
    expect(await published({ name: "authn_password_change", params: ["u-1"] })).toMatchObject({
      activity_id: 99,
      activity_name: "authn_password_change",
    });
  });

  it("is a finding when its name, level and outcome are made up", async () => {
    const made = { name: "made_up", severity: "SEVERE", outcome: "ignored" } as never;

    expect(await published(made)).toMatchObject({
      type_uid: 200401,
      severity_id: 3,
      disposition_id: 15,
    });
  });

  it.each([
    ["203.0.113.7:49152", { ip: "203.0.113.7" }],
    ["[2001:db8::1]:49152", { ip: "2001:db8::1" }],
    ["test-invoke-source-ip", { uid: "test-invoke-source-ip" }],
    ["999.1.1.1", { uid: "999.1.1.1" }],
  ])("has of the address %s only what is one as an address", async (sourceIp, expected) => {
    const event = httpEvent("api-gateway-http", { sourceIp });

    const line = await published({ name: "authz_admin", params: ["u-1"] }, event);

    expect(line.src_endpoint).toEqual({ svc_name: "api-gateway-http", ...expected });
  });

  it("is valid when whoever put it on the channel had nothing to say", async () => {
    const empty: MiddlewareObj = {
      before: (request) =>
        channel(SECURITY_EVENT_CHANNEL).publish({
          name: "",
          params: [""],
          request: invocationOf(request),
        }),
    };
    const event = { ...httpGet, rawPath: "", requestContext: { http: { method: "" } } };
    const handler = guarded({ flood: { burst: 1, sampleRate: 0 } })
      .use(empty)
      .handler(ok);

    vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_000_000 });
    const lines = await linesBy(async () => {
      for (let count = 0; count < 2; count++) await handler(event as never, {} as never);
      vi.setSystemTime(1_700_000_060_000);
      await handler(event as never, {} as never);
    });

    expect(lines).toMatchObject([
      { type_uid: 200401, metadata: { event_code: "unknown" }, unmapped: { params: [""] } },
      { type_uid: 600399, api: { operation: "Invoke" } },
      { type_uid: 600399 },
      { unmapped: { event: "unknown", suppressed: 1 } },
      { type_uid: 200401 },
      { type_uid: 600399 },
    ]);
  });

  it("stays valid whatever form the address has", async () => {
    for (const sourceIp of [
      "truncated",
      "none",
      { hashKey: "a key of thirty-two bytes or more" },
    ] as const) {
      const handler = guarded({ sourceIp }).use(refusing()).handler(ok);
      const lines = await linesBy(() => invoke(handler, httpGet));
      expect(JSON.stringify(lines)).not.toContain("203.0.113.7");
    }
  });

  it("is not touched by the formatter and the fields of the application's Logger, only by its level", async () => {
    const logger = new Logger({ serviceName: "orders", persistentKeys: { team: "blue" } });
    const silent = new Logger({ logLevel: "SILENT" });

    const lines = await linesBy(() =>
      invoke(guarded({ logger }).use(refusing()).handler(ok), httpGet),
    );
    const none = await linesBy(() =>
      invoke(guarded({ logger: silent }).use(refusing()).handler(ok), httpGet),
    );

    expect(lines).toHaveLength(2);
    expect(JSON.stringify(lines)).not.toContain("blue");
    expect(none).toEqual([]);
  });
});

describe("an invocation in the format ocsf", () => {
  const invoked = async (event: unknown, work: () => Promise<unknown> = ok): Promise<Line> => {
    const lines = await linesBy(() => invoke(guarded().handler(work), event));
    return lines.at(-1) as Line;
  };

  it.each(HTTP_KINDS)("is an API activity for %s", async (kind) => {
    const event = httpEvent(kind, { method: "PUT", body: "x" });

    expect(await invoked(event)).toMatchObject({
      type_uid: 600303,
      severity_id: 1,
      status_id: 1,
      status: "Success",
      status_code: "200",
      disposition_id: 1,
      duration: expect.any(Number),
      actor: { app_name: kind.replace("-multi-value", "") },
      http_response: { code: 200, length: 2 },
      unmapped: { outcome: "served", bytes_in: 1 },
    });
  });

  it.each([
    ["POST", 600301],
    ["GET", 600302],
    ["PATCH", 600303],
    ["DELETE", 600304],
    ["LINK", 600399],
    ["constructor", 600399],
  ])("with the method %s is of type %i", async (method, type) => {
    const event = {
      ...httpGet,
      requestContext: { ...httpGet.requestContext, http: { method, path: "/" } },
    };

    expect(await invoked(event)).toMatchObject({ type_uid: type });
  });

  it("names the principal as its actor", async () => {
    const event = httpEvent("api-gateway-rest");
    Object.assign(event.requestContext, { authorizer: { claims: { sub: "u-1" } } });

    expect(await invoked(event)).toMatchObject({ actor: { user: { uid: "u-1" } } });
  });

  it("tells how it was refused, how it failed, and how its time ran out", async () => {
    const throwing = (error: Error) => async () => {
      throw error;
    };
    expect(await invoked(httpGet, throwing(new PublicError(404, { code: "gone" })))).toMatchObject({
      severity_id: 2,
      status_id: 2,
      status: "Failure",
      status_code: "404",
      status_detail: "gone",
      action_id: 2,
      disposition_id: 2,
    });
    expect(await invoked(httpGet, throwing(new TypeError("x")))).toMatchObject({
      severity_id: 4,
      status_detail: "failed",
      disposition_id: 27,
      unmapped: { outcome: "failed", error: { type: "TypeError", message: "x" } },
    });
    const late = guarded()
      .use(publishing({ name: "deadline_exceeded", outcome: "blocked" }))
      .handler(ok);
    expect(await linesBy(() => invoke(late, { job: 1 }))).toMatchObject([
      { type_uid: 600801 },
      { type_uid: 600399, activity_name: "Invoke", severity_id: 4, status_detail: "timed_out" },
    ]);
  });

  it("is valid without any fact of a context, and when its `before` was never reached", async () => {
    const bare = middy()
      .before(() => {
        throw new Error("x");
      })
      .onError((request) => publishSecurityEvent(request, { name: "authn_login_fail" }))
      .use(securityLogger({ format: ocsf, metrics: false }))
      .handler(ok);
    const lines = await linesBy(async () => {
      await Promise.resolve(bare({} as never, {} as never, undefined as never)).catch(() => {});
    });

    expect(lines).toMatchObject([{ type_uid: 600399 }, { type_uid: 300201 }]);
  });

  it("is told of a batch with its records", async () => {
    const Records = [{ eventSource: "aws:sqs", messageId: "m-1", body: "{}" }];

    expect(await invoked({ Records })).toMatchObject({
      actor: { app_name: "sqs" },
      src_endpoint: { svc_name: "sqs" },
      unmapped: { records: 1 },
    });
  });
});

describe("lines that were left out, in the format ocsf", () => {
  it("are counted as the schema has it: how many a line stands for, and of which time", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_000_000 });
    const handler = guarded({ flood: { burst: 1, sampleRate: 0.5 } })
      .use(refusing())
      .handler(ok);

    const lines = await linesBy(async () => {
      for (let count = 0; count < 4; count++) await invoke(handler, httpGet);
      vi.setSystemTime(1_700_000_060_000);
      await invoke(handler, httpGet);
    });

    expect(lines).toHaveLength(2 + 2 + 2 + 2);
    expect(lines[2]).toMatchObject({
      type_uid: 200401,
      count: 2,
      start_time: 1_700_000_000_000,
      end_time: 1_700_000_000_000,
      unmapped: { suppressed: 1 },
    });
    expect(lines.slice(4, 6)).toMatchObject([
      {
        type_uid: 200401,
        count: 1,
        message: "1 lines of input_validation_fail were left out.",
        disposition_id: 20,
        unmapped: { event: "input_validation_fail", suppressed: 1 },
      },
      { count: 1, unmapped: { outcome: "refused", suppressed: 1 } },
    ]);
  });
});
