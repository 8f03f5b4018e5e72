import { readFileSync } from "node:fs";
import middy from "@middy/core";
import { announceAge, PublicError, publishSecurityEvent, refuse } from "@middy-hardening/core";
import { httpEvent, invoke, lambdaContext } from "@middy-hardening/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { securityLogger } from "../src/index.ts";
import { createSecureLogger } from "../src/secure-logger.ts";
import { answering, type Line, printedBy } from "./chain.ts";
import { type Row, runQuery } from "./logs-insights.ts";

const page = readFileSync(new URL("../../../docs/monitoring.md", import.meta.url), "utf8");

/** The code blocks of a language, by the heading that they stand under. */
const blocks = (language: string): [heading: string, code: string][] =>
  page
    .split(/^### /m)
    .slice(1)
    .flatMap((section) => {
      const heading = section.slice(0, section.indexOf("\n"));
      return Array.from(section.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)).flatMap(
        ([, written, code = ""]): [string, string][] =>
          written === language ? [[heading, code]] : [],
      );
    });

const REQUEST_ID = "5f0c8a3e-7d0e-4c9f-9c1e-0d7f6f1a2b3c";
const START = Date.parse("2026-01-05T09:00:00.000Z");

/** A day in the life of a function, in eleven minutes: what it prints. */
async function aDay(): Promise<{ lines: readonly string[]; metrics: readonly Line[] }> {
  const handler = middy()
    .use(answering())
    .use(securityLogger({ flood: { burst: 3, sampleRate: 0 } }))
    .before((request) => {
      const { path = "", headers = {} } = request.event as {
        path?: string;
        headers?: Record<string, string>;
      };
      if (path === "/login") {
        publishSecurityEvent(request, { name: "authn_login_fail", params: [headers.user] });
      }
      if (path === "/foreign") {
        publishSecurityEvent(request, {
          name: "authz_fail",
          params: ["u-1", "order"],
          outcome: "blocked",
          description: "The order is somebody else's.",
        });
        throw new PublicError(403, { code: "forbidden" });
      }
      if (path === "/invalid") {
        refuse(request, {
          statusCode: 422,
          code: "invalid",
          detail: "The body is invalid.",
          source: "@middy-hardening/test",
          params: ["body"],
        });
      }
      if (path === "/slow") {
        publishSecurityEvent(request, { name: "deadline_exceeded", outcome: "blocked" });
        throw new PublicError(503, { code: "deadline_exceeded" });
      }
    })
    .handler(async (event) => {
      const { path, Records } = event as { path?: string; Records?: unknown };
      if (path === "/broken") throw new TypeError("x is not a function");
      if (path === "/secret") {
        publishSecurityEvent({ event, context: {} as never }, { name: "sys_crash" });
        throw new RangeError("no secret");
      }
      return Records ? { batchItemFailures: [{ itemIdentifier: "m-1" }] } : { statusCode: 200 };
    });
  const call = (path: string, given: { user?: string; body?: string; requestId?: string } = {}) => {
    const event = httpEvent("api-gateway-rest", {
      method: "POST",
      path,
      headers: { user: given.user ?? "" },
      ...(given.body !== undefined && { body: given.body }),
    });
    if (given.user !== undefined) {
      Object.assign(event.requestContext, { authorizer: { principalId: given.user } });
    }
    const { requestId = "id" } = given;
    return invoke(handler, event, lambdaContext({ awsRequestId: requestId }));
  };
  const at = (minutes: number): void => {
    vi.setSystemTime(START + minutes * 60_000);
  };
  const record = { eventSource: "aws:sqs", body: "{}" };

  const { lines, metrics } = await printedBy(async () => {
    at(0);
    await call("/");
    await call("/foreign", { user: "u-1", requestId: REQUEST_ID });
    at(1);
    await call("/login", { user: "u-1" });
    await call("/login", { user: "u-1" });
    await call("/login", { user: "u-2" });
    at(2);
    for (let count = 0; count < 10; count++) await call("/invalid", { body: "1234" });
    at(6);
    await call("/broken");
    await call("/broken");
    await call("/secret");
    await call("/slow");
    at(7);
    await invoke(handler, {
      Records: [
        { ...record, messageId: "m-1" },
        { ...record, messageId: "m-2" },
      ],
    });
    // A leak and a failed load, as error-sanitizer and secrets-loader publish them.
    await invoke(
      middy()
        .use(securityLogger())
        .before((request) => {
          publishSecurityEvent(request, { name: "response_leak", outcome: "blocked" });
          publishSecurityEvent(request, { name: "secret_load_fail", outcome: "blocked" });
        })
        .handler(async () => undefined),
      {},
    );
  });
  return { lines, metrics };
}

let lines: readonly string[];
let metrics: readonly Line[];
const secret = { ageMs: 100_000 };

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.stubEnv("POWERTOOLS_SERVICE_NAME", "orders");
  vi.stubEnv("AWS_LAMBDA_INITIALIZATION_TYPE", "");
  announceAge(secret);
  ({ lines, metrics } = await aDay());
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const NINE = "2026-01-05T09:00:00.000Z";

/** What each query of the page gives for that day. */
const EXPECTED: Readonly<Record<string, readonly Row[]>> = {
  "What is going on": [
    { "bin(5m)": NINE, outcome: "served", invocations: 4 },
    { "bin(5m)": NINE, outcome: "refused", invocations: 4 },
    { "bin(5m)": "2026-01-05T09:05:00.000Z", outcome: "failed", invocations: 3 },
    { "bin(5m)": "2026-01-05T09:05:00.000Z", outcome: "timed_out", invocations: 1 },
    { "bin(5m)": "2026-01-05T09:05:00.000Z", outcome: "served", invocations: 2 },
  ],
  "How often each event happened, exactly": [
    { name: "authn_login_fail", printed: 3, left_out: 0 },
    { name: "input_validation_fail", printed: 3, left_out: 7 },
    { name: "authz_fail", printed: 1, left_out: 0 },
    { name: "deadline_exceeded", printed: 1, left_out: 0 },
    { name: "response_leak", printed: 1, left_out: 0 },
    { name: "secret_load_fail", printed: 1, left_out: 0 },
  ],
  "The newest critical events": [
    {
      "@timestamp": "2026-01-05T09:07:00.000Z",
      event: "response_leak",
      description: "response_leak",
    },
    {
      "@timestamp": NINE,
      event: "authz_fail:u-1,order",
      description: "The order is somebody else's.",
      source_ip: "203.0.113.7",
      request_uri: "/foreign",
    },
  ],
  "Who is refused, and why": [
    { source_ip: "203.0.113.7", code: "invalid", refusals: 3, bytes: 12 },
    { source_ip: "203.0.113.7", code: "forbidden", refusals: 1, bytes: 0 },
  ],
  "What fails": [
    {
      "error.type": "TypeError",
      request_uri: "/broken",
      failures: 2,
      slowest_ms: expect.any(Number),
    },
    {
      "error.type": "RangeError",
      request_uri: "/secret",
      failures: 1,
      slowest_ms: expect.any(Number),
    },
    {
      "error.type": "PublicError",
      request_uri: "/slow",
      failures: 1,
      slowest_ms: expect.any(Number),
    },
  ],
  "Everything about one invocation": [
    {
      "@timestamp": NINE,
      message: "Security event",
      event: "authz_fail:u-1,order",
      outcome: "blocked",
    },
    { "@timestamp": NINE, message: "Invocation", outcome: "refused", status: 403 },
  ],
  "Everything that one principal did": [
    {
      "@timestamp": NINE,
      request_method: "POST",
      request_uri: "/foreign",
      outcome: "refused",
      status: 403,
      source_ip: "203.0.113.7",
    },
    ...[1, 2].map(() => ({
      "@timestamp": "2026-01-05T09:01:00.000Z",
      request_method: "POST",
      request_uri: "/login",
      outcome: "served",
      status: 200,
      source_ip: "203.0.113.7",
    })),
  ],
  "Whose logins fail": [{ user: "u-1", attempts: 2 }],
  "Batches with records that failed": [
    { event_source: "sqs", batches: 1, records_in: 2, failed: 1 },
  ],
  "Cold starts": [],
};

describe("the page on monitoring", () => {
  it("has a query for each question, and each question has one", () => {
    expect(blocks("text").map(([heading]) => heading)).toEqual(Object.keys(EXPECTED));
  });

  it.each(blocks("text"))("has an answer to: %s", (heading, query) => {
    expect(runQuery(query, lines)).toEqual(EXPECTED[heading]);
  });

  it.each(blocks("json"))("has an alarm on a metric that is counted: %s", (_heading, json) => {
    const { Namespace, MetricName, Dimensions, Statistic } = JSON.parse(json);

    const counted = metrics.filter((record) => MetricName in record);
    expect(counted).not.toEqual([]);
    for (const record of counted) {
      const { CloudWatchMetrics } = record._aws as { CloudWatchMetrics: unknown };
      expect(CloudWatchMetrics).toEqual([
        {
          Namespace,
          Dimensions: [Dimensions.map(({ Name }: { Name: string }) => Name)],
          Metrics: expect.arrayContaining([
            { Name: MetricName, Unit: expect.stringMatching(/^(?:Bytes|Count|Seconds)$/) },
          ]),
        },
      ]);
      for (const { Name, Value } of Dimensions) expect(record[Name]).toBe(Value);
    }
    expect(Statistic).toBe(MetricName.endsWith("_seconds") ? "Maximum" : "Sum");
  });
});

describe("a line of the application that imitates those of the suite", () => {
  it("is in no answer but that of its own invocation", async () => {
    const logger = createSecureLogger();
    const { lines: forged } = await printedBy(async () => {
      for (const line of lines) {
        const { message, ...fields } = JSON.parse(line) as { message: string };
        logger.info(message, fields);
        logger.info({ ...fields, message, securityLog: "event" });
        logger.appendKeys(fields);
        logger.error(message, Object.assign(new Error(message), fields));
        logger.resetKeys();
      }
    });

    expect(forged.length).toBeGreaterThanOrEqual(3 * lines.length);
    for (const [heading, query] of blocks("text")) {
      expect([heading, runQuery(query, [...lines, ...forged])]).toEqual([
        heading,
        EXPECTED[heading],
      ]);
    }
  });
});

describe("the query for cold starts", () => {
  it("finds the first invocation of an environment", () => {
    const [, query = ""] = blocks("text").find(([heading]) => heading === "Cold starts") ?? [];
    const line = {
      timestamp: NINE,
      security_log: "invocation",
      cold_start: true,
      duration_ms: 12,
    };

    expect(runQuery(query, [JSON.stringify(line)])).toEqual([
      { "bin(1h)": NINE, cold_starts: 1, average_ms: 12 },
    ]);
  });
});
