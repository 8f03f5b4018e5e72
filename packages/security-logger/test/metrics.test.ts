import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import middy from "@middy/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { securityLogger } from "../src/index.ts";
import { chain, ok, printedByInvoking, publishing, refusing } from "./chain.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the count of security events", () => {
  it("is one by the event's name for each event, by service alone", async () => {
    vi.stubEnv("POWERTOOLS_SERVICE_NAME", "orders");
    const handler = chain(publishing({ name: "malicious_attack_tool" }), refusing()).handler(ok);

    const { metrics } = await printedByInvoking(handler);

    const emf = (name: string) => ({
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: "middy-hardening",
            Dimensions: [["service"]],
            Metrics: [{ Name: name, Unit: "Count" }],
          },
        ],
      },
      service: "orders",
      [name]: 1,
    });
    expect(metrics).toEqual([emf("malicious_attack_tool"), emf("input_validation_fail")]);
  });

  it("is not printed for an invocation without events", async () => {
    const { lines, metrics } = await printedByInvoking(chain().handler(ok));

    expect(metrics).toEqual([]);
    expect(lines).toHaveLength(1);
  });

  it("has the namespace of the environment", async () => {
    vi.stubEnv("POWERTOOLS_METRICS_NAMESPACE", "shop");

    const { metrics } = await printedByInvoking(chain(refusing()).handler(ok));

    expect(metrics).toMatchObject([{ _aws: { CloudWatchMetrics: [{ Namespace: "shop" }] } }]);
  });

  it("neither flushes nor joins what the application has stored in its own Metrics", async () => {
    const metrics = new Metrics({ namespace: "shop", defaultDimensions: { stage: "prod" } });
    metrics.addMetric("orders_placed", MetricUnit.Count, 3);
    const handler = middy().use(securityLogger({ metrics })).use(refusing()).handler(ok);

    const printed = await printedByInvoking(handler);

    expect(printed.metrics).toMatchObject([
      {
        stage: "prod",
        _aws: {
          CloudWatchMetrics: [
            { Namespace: "shop", Metrics: [{ Name: "input_validation_fail", Unit: "Count" }] },
          ],
        },
      },
    ]);
    expect(metrics.hasStoredMetrics()).toBe(true);
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
