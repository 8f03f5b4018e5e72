import { AsyncLocalStorage } from "node:async_hooks";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import middy from "@middy/core";
import { PublicError, publishSecurityEvent } from "@middy-hardening/core";
import { httpEvent, invoke, lambdaContext } from "@middy-hardening/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { securityLogger } from "../src/index.ts";
import {
  answering,
  httpGet,
  ok,
  printedBy,
  printedByInvoking,
  refusing,
  warningsBy,
} from "./chain.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

/** A handler whose every invocation publishes, waits and ends in its own way, by its path. */
function interleaving(logger: Logger) {
  return middy<typeof httpGet>()
    .use(answering())
    .use(securityLogger({ logger, flood: false }))
    .before((request) => {
      const { rawPath } = request.event as typeof httpGet;
      publishSecurityEvent(request, { name: "authz_fail", params: [rawPath.slice(1)] });
    })
    .handler(async (event: typeof httpGet, context) => {
      // What Powertools' own middleware does: it must not reach our lines.
      logger.addContext(context);
      logger.appendKeys({ last: context.awsRequestId });
      const number = Number(event.rawPath.slice(1));
      await new Promise((resolve) => setTimeout(resolve, (number * 7) % 13));
      if (number % 3 === 1) throw new PublicError(400 + (number % 30));
      if (number % 3 === 2) throw new Error(`failure ${number}`);
      return { statusCode: 200 };
    });
}

async function invokeInterleaved(count: number, handler: ReturnType<typeof interleaving>) {
  const call = (number: number) =>
    invoke(
      handler,
      httpEvent("api-gateway-http", { path: `/${number}` }),
      lambdaContext({ awsRequestId: `id-${number}`, timeoutMs: 60_000 }),
    );
  return printedBy(() => Promise.all(Array.from({ length: count }, (_, number) => call(number))));
}

/** How many of so many invocations have the outcome that numbers with this remainder have. */
const outcomes = (count: number, remainder: number): number =>
  Math.floor((count + 2 - remainder) / 3);

function expectUnmixed(
  count: number,
  printed: Awaited<ReturnType<typeof invokeInterleaved>>,
): void {
  const { events, invocations, metrics } = printed;
  expect(events).toHaveLength(count);
  expect(invocations).toHaveLength(count);
  expect(new Set(invocations.map((line) => line.function_request_id)).size).toBe(count);
  for (const line of [...events, ...invocations]) {
    expect(line.function_request_id).toBe(`id-${String(line.request_uri).slice(1)}`);
    expect(line).not.toHaveProperty("last");
  }
  for (const line of events) {
    expect(line.event).toBe(`authz_fail:${String(line.request_uri).slice(1)}`);
  }
  for (const line of invocations) {
    const number = Number(String(line.request_uri).slice(1));
    expect(line.outcome).toBe(["served", "refused", "failed"][number % 3]);
    expect((line.error as { message: string } | undefined)?.message).toBe(
      number % 3 === 2 ? `failure ${number}` : undefined,
    );
  }
  const sum = (name: string): number =>
    metrics.reduce((total, line) => total + Number(line[name] ?? 0), 0);
  expect(sum("authz_fail")).toBe(count);
  expect(sum("invocations_refused")).toBe(outcomes(count, 1));
  expect(sum("invocations_failed")).toBe(outcomes(count, 2));
}

describe("invocations that run in one process at the same time", () => {
  it("never mix their request ids, outcomes, errors and counts", async () => {
    expectUnmixed(200, await invokeInterleaved(200, interleaving(new Logger())));
  });

  it("nor on Lambda Managed Instances, where Powertools has a store for each invocation", async () => {
    vi.stubEnv("AWS_LAMBDA_MAX_CONCURRENCY", "10");
    const storage = new AsyncLocalStorage<Record<symbol, unknown>>();
    // As `@aws/lambda-invoke-store`, which the runtime sets up: outside of an invocation, `set` throws.
    const InvokeStore = {
      get: (key: symbol) => storage.getStore()?.[key],
      set: (key: symbol, value: unknown) => {
        const store = storage.getStore();
        if (store === undefined) throw new Error("No context available");
        store[key] = value;
      },
      hasContext: () => storage.getStore() !== undefined,
      getXRayTraceId: () => undefined,
    };
    vi.stubGlobal("awslambda", { InvokeStore });
    expect(() => new Metrics()).toThrow("No context available");

    const handler = interleaving(new Logger());
    const inContext = ((event: never, context: never) =>
      storage.run({}, () => handler(event, context, undefined as never))) as typeof handler;

    expectUnmixed(100, await invokeInterleaved(100, inContext));
  });
});

describe("a log that fails", () => {
  const failing = (): Logger => {
    const logger = new Logger();
    logger.createChild = () => {
      throw new TypeError("disk postgres://app:hunter2@db full");
    };
    return logger;
  };

  it("does not change what the caller gets, and is told once by a process warning", async () => {
    const handler = middy()
      .use(answering())
      .use(securityLogger({ logger: failing() }))
      .use(refusing())
      .handler(ok);
    const results: unknown[] = [];

    const warnings = await warningsBy(async () => {
      for (let count = 0; count < 3; count++) {
        const { metrics } = await printedBy(async () => {
          results.push((await invoke(handler, httpGet)).result);
        });
        expect(metrics).toHaveLength(1);
      }
    });

    expect(results).toMatchObject([{ statusCode: 422 }, { statusCode: 422 }, { statusCode: 422 }]);
    expect(warnings).toMatchObject([
      {
        name: "SecurityLoggerWarning",
        message:
          "@middy-hardening/security-logger: A line or count could not be printed (told once): " +
          "TypeError: disk postgres://app:[redacted]@db full",
      },
    ]);
  });

  it("of counts leaves the lines alone", async () => {
    const metrics = new Metrics();
    metrics.singleMetric = () => {
      throw new Error("no metrics");
    };
    const handler = middy().use(securityLogger({ metrics })).use(refusing()).handler(ok);

    const warnings = await warningsBy(async () => {
      const { events, invocations } = await printedByInvoking(handler);
      expect(events).toHaveLength(1);
      expect(invocations).toHaveLength(1);
    });

    expect(warnings).toHaveLength(1);
  });
});
