/**
 * What is particular to one middleware of Middy or Powertools beside `harden()`.
 */
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import { ParseError } from "@aws-lambda-powertools/parser";
import { EventBridgeEnvelope } from "@aws-lambda-powertools/parser/envelopes/eventbridge";
import { parser } from "@aws-lambda-powertools/parser/middleware";
import { captureLambdaHandler } from "@aws-lambda-powertools/tracer/middleware";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { MiddlewareObj } from "@middy/core";
import httpCors from "@middy/http-cors";
import httpRouter from "@middy/http-router";
import inputOutputLogger from "@middy/input-output-logger";
import ssm from "@middy/ssm";
import warmup from "@middy/warmup";
import { PublicError } from "@middy-hardening/core";
import { httpEvent, startLocalAws } from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { harden } from "../../src/index.ts";
import { TRIGGER_EVENTS } from "../trigger-events.ts";
import { fail, INTERNAL, observe, post, serve } from "./observe.ts";
import { countOrder, metrics, PLACES, tracer } from "./others.ts";

const body = z.object({ sku: z.string() });
const ORIGIN = "https://app.example.com";

type Chain = readonly MiddlewareObj[];
const chainOf = (place: (typeof PLACES)[number], ours: unknown, theirs: unknown): Chain =>
  (place === "before" ? [theirs, ours] : [ours, theirs]).flat() as MiddlewareObj[];

const preflight = httpEvent("api-gateway-http", {
  method: "OPTIONS",
  path: "/orders",
  headers: { origin: ORIGIN, "access-control-request-method": "POST" },
});

describe("http-router", () => {
  const router = httpRouter([
    { method: "POST", path: "/orders", handler: serve as never },
    { method: "GET", path: "/fails", handler: fail as never },
  ]);
  const route = (event: never, context: never): unknown => router(event, context, {} as never);

  test("serves the routes that it knows, validated and with security headers", async () => {
    const { status, headers } = await observe(harden({ body }) as never, post(), route);
    expect(status).toBe(201);
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
  });

  test("has what is not a route answered with 404, and a route that fails with 500", async () => {
    const missing = httpEvent("api-gateway-http", { path: "/missing" });
    const { status, lines } = await observe(harden() as never, missing, route);
    expect(status).toBe(404);
    expect(lines).toEqual([expect.objectContaining({ status: 404 })]);
    const fails = httpEvent("api-gateway-http", { path: "/fails" });
    const failed = await observe(harden() as never, fails, route);
    expect(failed.status).toBe(500);
    expect(failed.payload).not.toContain("10.0.0.7");
    expect(failed.log).toContain(INTERNAL);
  });
});

describe.each(PLACES)("http-cors %s harden()", (place) => {
  const cors = (): unknown =>
    httpCors({ origin: ORIGIN, methods: "POST", disableBeforePreflightResponse: false });

  test("has its headers on a response, once", async () => {
    const { headers } = await observe(chainOf(place, harden(), cors()), post());
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    expect(names.filter((name) => name === "access-control-allow-origin")).toHaveLength(1);
  });

  test("answers a preflight", async () => {
    const { status } = await observe(chainOf(place, harden(), cors()), preflight);
    expect(status).toBe(204);
  });
});

describe("http-cors after harden(), with the plugin of the deadline", () => {
  test("answers a preflight with the security headers and a line in the log", async () => {
    const deadline = timeoutGuard();
    const cors = httpCors({ origin: ORIGIN, disableBeforePreflightResponse: false });
    const chain = chainOf("after", harden({ timeoutGuard: deadline }), cors);
    const { status, headers, lines } = await observe(chain, preflight, serve, deadline.plugin);
    expect(status).toBe(204);
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
    expect(lines).toEqual([expect.objectContaining({ status: 204 })]);
  });
});

describe("warmup", () => {
  const call = { source: "serverless-plugin-warmup" };

  test.each(PLACES)("%s harden() answers its call without the handler", async (place) => {
    const handle = vi.fn();
    const { result } = await observe(chainOf(place, harden(), warmup()), call, handle);
    expect(result).toBe("warmup");
    expect(handle).not.toHaveBeenCalled();
  });

  test("before a schema answers its call, and after one fails it, as it is no request", async () => {
    const ours = (): unknown => harden({ body });
    expect((await observe(chainOf("before", ours(), warmup()), call)).result).toBe("warmup");
    const { error } = await observe(chainOf("after", ours(), warmup()), call);
    expect(error?.trace).toEqual([""]);
  });
});

describe.each(PLACES)("ssm %s harden()", (place) => {
  test("has its parameter on the context, and it stays out of the log", async () => {
    await using aws = await startLocalAws({ parameters: { "/orders/dsn": "postgres://canary" } });
    const theirs = ssm({
      AwsClient: SSMClient,
      awsClientOptions: aws.clientConfig,
      fetchData: { dsn: "/orders/dsn" },
      setToContext: true,
      cacheExpiry: 0,
      disablePrefetch: true,
    });
    const handle = vi.fn((_event: unknown, { dsn }: { dsn: string }) => {
      throw new Error(dsn === "postgres://canary" ? INTERNAL : "No parameter.");
    });
    const { status, log, payload } = await observe(
      chainOf(place, harden(), theirs),
      post(),
      handle as never,
    );
    expect(status).toBe(500);
    expect(log).toContain(INTERNAL);
    expect(log + payload).not.toContain("canary");
  });
});

describe.each(PLACES)("logMetrics %s harden()", (place) => {
  test("publishes what the handler counted, of an invocation that fails, too", async () => {
    const handle = async (): Promise<never> => {
      countOrder();
      return fail();
    };
    const { records, lines } = await observe(
      chainOf(place, harden(), logMetrics(metrics)),
      post(),
      handle,
    );
    expect(records.filter(({ orders }) => orders !== undefined)).toHaveLength(1);
    expect(lines).toHaveLength(1);
  });
});

describe.each(PLACES)("injectLambdaContext %s harden()", (place) => {
  test("leaves no key of an invocation to the next, were it refused or failed", async () => {
    const logger = new Logger({ serviceName: "orders" });
    const chain = chainOf(
      place,
      harden({ body }),
      injectLambdaContext(logger, { resetKeys: true }),
    );
    const handle = async (): Promise<never> => {
      logger.appendKeys({ tenant: "blue" });
      return fail();
    };
    await observe(chain, post(), handle);
    expect(logger.getPersistentLogAttributes()).toEqual({});
    const { log } = await observe(chain, post(), async () => {
      logger.info("Second.");
      return { statusCode: 200 };
    });
    expect(log).toContain("Second.");
    expect(log).not.toContain("blue");
  });
});

describe.each(PLACES)("captureLambdaHandler %s harden()", (place) => {
  test("closes its segment of each invocation, and has the error of one that fails", async () => {
    const told: string[] = [];
    const chain = chainOf(place, harden(), captureLambdaHandler(tracer(told)));
    await observe(chain, post());
    expect(told).toEqual(["close"]);
    told.length = 0;
    await observe(chain, post(), fail);
    expect(told).toEqual(["error", "close"]);
  });
});

describe.each(PLACES)("input-output-logger %s harden()", (place) => {
  test("prints the body as the client sent it, unless its path is omitted", async () => {
    const printed: string[] = [];
    const logger = (message: unknown): void => void printed.push(JSON.stringify(message));
    const open = inputOutputLogger({ logger });
    await observe(chainOf(place, harden(), open), post({ sku: "canary" }));
    expect(printed.join()).toContain("canary");
    printed.length = 0;
    const omitPaths = ["event.body", "response.body"];
    await observe(
      chainOf(place, harden(), inputOutputLogger({ logger, omitPaths })),
      post({ sku: "canary" }),
    );
    expect(printed).toHaveLength(2);
    expect(printed.join()).not.toContain("canary");
  });
});

describe("parser", () => {
  const schema = z.looseObject({ body: z.string().max(5) });

  test("after harden(): its error is an internal one, until `map` makes it public", async () => {
    const plain = await observe(chainOf("after", harden(), parser({ schema })), post());
    expect(plain.status).toBe(500);
    const map = (error: unknown): PublicError | undefined =>
      error instanceof ParseError ? new PublicError(400, { code: "invalid" }) : undefined;
    const ours = harden({ errorSanitizer: { map } });
    const mapped = await observe(chainOf("after", ours, parser({ schema })), post());
    expect(mapped.status).toBe(400);
    expect(mapped.payload).not.toContain("too_big");
  });

  test("after harden(): an envelope changes the event, and nobody's mind on what it was", async () => {
    const envelope = EventBridgeEnvelope;
    const order = z.looseObject({ sku: z.string() });
    const chain = chainOf("after", harden(), parser({ schema: order, envelope } as never));
    const handle = vi.fn(fail);
    const { error, lines } = await observe(chain, TRIGGER_EVENTS.eventbridge, handle);
    expect(handle).toHaveBeenCalledWith(
      expect.objectContaining({ sku: "A-1" }),
      expect.anything(),
      expect.anything(),
    );
    expect(error?.trace).toEqual([""]);
    expect(lines).toEqual([
      expect.objectContaining({ outcome: "failed", event_source: "eventbridge" }),
    ]);
  });
});
