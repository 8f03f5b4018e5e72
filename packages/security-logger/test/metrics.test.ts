import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import middy from "@middy/core";
import { announceAge, PublicError, publishSecurityEvent } from "@middy-hardening/core";
import { httpEvent, invoke } from "@middy-hardening/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { securityLogger } from "../src/index.ts";
import {
  chain,
  httpGet,
  type Line,
  ok,
  printedBy,
  printedByInvoking,
  publishing,
  refusing,
} from "./chain.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

/** What the records count in all, without what makes them records. */
function totals(metrics: readonly Line[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { _aws, service, ...values } of metrics) {
    for (const [name, value] of Object.entries(values)) {
      sums[name] = (sums[name] ?? 0) + Number(value);
    }
  }
  return sums;
}

describe("the record of metrics", () => {
  it("has all counts of an invocation, by service alone", async () => {
    vi.stubEnv("POWERTOOLS_SERVICE_NAME", "orders");
    const handler = chain(publishing({ name: "upload_complete" }), refusing()).handler(ok);
    const event = httpEvent("api-gateway-http", { method: "POST", body: "é" });

    const { metrics } = await printedByInvoking(handler, event);

    expect(metrics).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: "middy-hardening",
              Dimensions: [["service"]],
              Metrics: [
                { Name: "upload_complete", Unit: "Count" },
                { Name: "input_validation_fail", Unit: "Count" },
                { Name: "invocations_refused", Unit: "Count" },
                { Name: "bytes_refused", Unit: "Bytes" },
              ],
            },
          ],
        },
        service: "orders",
        upload_complete: 1,
        input_validation_fail: 1,
        invocations_refused: 1,
        bytes_refused: 2,
      },
    ]);
  });

  it("adds up events of the same name", async () => {
    const login = publishing({ name: "authn_login_fail" });

    const { metrics } = await printedByInvoking(chain(login, login, login).handler(ok));

    expect(totals(metrics)).toEqual({ authn_login_fail: 3 });
  });

  it("is not printed for an invocation that was served and has no events", async () => {
    expect((await printedByInvoking(chain().handler(ok))).metrics).toEqual([]);
  });

  it.each([
    ["a failure", new Error("down"), { invocations_failed: 1 }],
    ["a refusal", new PublicError(404), { invocations_refused: 1 }],
  ])("counts %s without HTTP too", async (_name, thrown, expected) => {
    const handler = middy()
      .use(securityLogger())
      .handler(async () => {
        throw thrown;
      });

    expect(totals((await printedByInvoking(handler, { job: 1 })).metrics)).toEqual(expected);
  });

  it("does not wait for the end of the invocation when an event is CRITICAL", async () => {
    const handler = chain(
      publishing({ name: "authn_login_fail" }),
      publishing({ name: "authz_fail" }),
    ).handler(() => new Promise(() => {}));

    const { metrics } = await printedBy(async () => {
      // It never ends: the runtime kills it.
      void invoke(handler, httpGet);
      await new Promise((resolve) => setImmediate(resolve));
    });

    expect(metrics).toMatchObject([{ authn_login_fail: 1, authz_fail: 1 }]);
  });

  it("has what an invocation left behind that never came to its end", async () => {
    const handler = chain(publishing({ name: "authn_login_fail" })).handler(async (event) =>
      (event as typeof httpGet).rawPath === "/hang" ? new Promise(() => {}) : ok(),
    );

    const { metrics } = await printedBy(async () => {
      void invoke(handler, httpEvent("api-gateway-http", { path: "/hang" }));
      await invoke(handler, httpGet);
    });

    expect(totals(metrics)).toEqual({ authn_login_fail: 2 });
  });

  it("is printed for an event that comes after the end of its invocation", async () => {
    const handler = chain().handler(async (event, context) => {
      setImmediate(() => {
        publishSecurityEvent({ event, context }, { name: "sys_crash" });
      });
      return ok();
    });
    const late = middy()
      .onError((request) => publishSecurityEvent(request, { name: "sys_crash" }))
      .use(securityLogger())
      .handler(async () => {
        throw new Error("x");
      });

    expect((await printedByInvoking(handler)).metrics).toEqual([]);
    expect(totals((await printedByInvoking(late)).metrics)).toEqual({
      invocations_failed: 1,
      sys_crash: 1,
    });
  });

  it("has the namespace of the environment", async () => {
    vi.stubEnv("POWERTOOLS_METRICS_NAMESPACE", "shop");

    const { metrics } = await printedByInvoking(chain(refusing()).handler(ok));

    expect(metrics).toMatchObject([{ _aws: { CloudWatchMetrics: [{ Namespace: "shop" }] } }]);
  });

  it.each([
    ["nothing", {}],
    ["a service", { POWERTOOLS_SERVICE_NAME: "orders", POWERTOOLS_METRICS_NAMESPACE: "shop" }],
    ["metrics switched off", { POWERTOOLS_METRICS_DISABLED: "true" }],
    ["development", { POWERTOOLS_DEV: "true" }],
    ["development with metrics", { POWERTOOLS_DEV: "on", POWERTOOLS_METRICS_DISABLED: "0" }],
  ])("is what Powertools prints, with %s in the environment", async (_name, variables) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    vi.useFakeTimers({ toFake: ["Date"], now: 0 });
    const handler = middy().use(securityLogger()).use(refusing()).handler(ok);
    const namespace = process.env.POWERTOOLS_METRICS_NAMESPACE ?? "middy-hardening";

    const ours = await printedByInvoking(handler);
    const theirs = await printedBy(async () => {
      const metrics = new Metrics({ namespace });
      metrics.addMetric("input_validation_fail", MetricUnit.Count, 1);
      metrics.addMetric("invocations_refused", MetricUnit.Count, 1);
      metrics.publishStoredMetrics();
    });

    expect(ours.metrics).toEqual(theirs.metrics);
  });

  it("neither flushes nor joins what the application has stored in its own Metrics", async () => {
    const metrics = new Metrics({
      namespace: "shop",
      serviceName: "orders",
      defaultDimensions: { stage: "prod" },
    });
    metrics.addMetric("orders_placed", MetricUnit.Count, 3);
    metrics.addMetadata("user", "mallory");
    metrics.addDimension("region", "eu");
    const handler = middy().use(securityLogger({ metrics })).use(refusing()).handler(ok);

    const printed = await printedByInvoking(handler);

    expect(printed.metrics).toEqual([
      {
        service: "orders",
        stage: "prod",
        input_validation_fail: 1,
        invocations_refused: 1,
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: "shop",
              Dimensions: [["service", "stage"]],
              Metrics: [
                { Name: "input_validation_fail", Unit: "Count" },
                { Name: "invocations_refused", Unit: "Count" },
              ],
            },
          ],
        },
      },
    ]);
    expect(metrics.hasStoredMetrics()).toBe(true);
  });

  it.each(["_aws", "service", "NaN", "x".repeat(300), "constructor", "__proto__"])(
    "cannot be destroyed by an event with a made-up name such as %.20s",
    async (name) => {
      const handler = chain(publishing({ name: name as "sys_crash" })).handler(ok);

      const { metrics } = await printedByInvoking(handler);

      expect(metrics).toMatchObject([{ _aws: { CloudWatchMetrics: [{}] } }]);
      expect(totals(metrics)).toEqual({ other_event: 1 });
    },
  );

  it("cannot be destroyed by an event that is called like a dimension of the application", async () => {
    const metrics = new Metrics({ namespace: "shop", defaultDimensions: { tenant_tier: "gold" } });
    const handler = middy()
      .use(securityLogger({ metrics }))
      .use(publishing({ name: "tenant_tier" as "sys_crash" }))
      .handler(ok);

    const printed = await printedByInvoking(handler);

    expect(printed.metrics).toMatchObject([{ tenant_tier: "gold", other_event: 1 }]);
  });

  it("has at most a hundred metrics, whatever names an application makes up", async () => {
    const names = Array.from({ length: 200 }, (_, number) => `made_up_${number}`);
    const handler = chain(
      ...names.map((name) => publishing({ name: name as "sys_crash" })),
    ).handler(ok);

    const { metrics } = await printedByInvoking(handler);

    expect(metrics).toHaveLength(1);
    expect(Object.keys(totals(metrics)).length).toBeLessThanOrEqual(100);
    expect(Object.values(totals(metrics)).reduce((sum, value) => sum + value)).toBe(200);
  });

  it("is off with `metrics: false`", async () => {
    const handler = middy()
      .use(securityLogger({ metrics: false }))
      .use(refusing())
      .handler(ok);

    const { events, metrics } = await printedByInvoking(handler);

    expect(events).toHaveLength(1);
    expect(metrics).toEqual([]);
  });
});

describe("metrics in a flood", () => {
  it("count every event and every refusal, in few records", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 0 });
    const handler = chain(refusing()).handler(ok);

    const { metrics } = await printedBy(async () => {
      for (let count = 0; count < 1234; count++) await invoke(handler, httpGet);
      vi.setSystemTime(60_000);
      await invoke(chain().handler(ok), httpGet);
      await invoke(handler, httpGet);
    });

    expect(metrics.length).toBeLessThan(120);
    expect(totals(metrics)).toEqual({ input_validation_fail: 1235, invocations_refused: 1235 });
  });
});

describe("the age of the oldest secret", () => {
  it("is told once in a minute, on its own where there is nothing to count", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 0 });
    const secrets = [{ ageMs: 200_400 }, { ageMs: undefined }, { ageMs: 100 }];
    for (const secret of secrets) announceAge(secret);
    const served = chain().handler(ok);
    const handler = chain(refusing()).handler(ok);

    const { metrics } = await printedBy(async () => {
      await invoke(served, httpGet);
      await invoke(served, httpGet);
      vi.setSystemTime(59_999);
      await invoke(served, httpGet);
      vi.setSystemTime(60_000);
      await invoke(served, httpGet);
      await invoke(handler, httpGet);
      vi.setSystemTime(0);
      await invoke(served, httpGet);
    });
    secrets.length = 0;

    const age = {
      secret_age_seconds: 200,
      _aws: {
        CloudWatchMetrics: [{ Metrics: [{ Name: "secret_age_seconds", Unit: "Seconds" }] }],
      },
    };
    expect(metrics).toMatchObject([
      age,
      age,
      { input_validation_fail: 1, invocations_refused: 1, secret_age_seconds: 200 },
      age,
    ]);
  });
});
