/**
 * Other middlewares where they cannot work: what the caller gets then, and what the developer is told.
 */

import { ApiGatewayV2Envelope } from "@aws-lambda-powertools/parser/envelopes/api-gatewayv2";
import { SqsEnvelope } from "@aws-lambda-powertools/parser/envelopes/sqs";
import { JSONStringified } from "@aws-lambda-powertools/parser/helpers";
import { parser } from "@aws-lambda-powertools/parser/middleware";
import type { MiddlewareObj } from "@middy/core";
import httpCors from "@middy/http-cors";
import httpErrorHandler from "@middy/http-error-handler";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import warmup from "@middy/warmup";
import { httpEvent, sqsEvent } from "@middy-hardening/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { once } from "./backends.ts";
import { fail, INTERNAL, observe, post, serve } from "./observe.ts";

const emitWarning = vi.spyOn(process, "emitWarning");

beforeEach(() => {
  emitWarning.mockReset().mockImplementation(() => {});
  vi.resetModules();
});

/** The suite as a fresh process has it, which has told nothing yet. */
const suite = async () => ({
  ...(await import("../../src/index.ts")),
  ...(await import("@middy-hardening/error-sanitizer")),
  ...(await import("@middy-hardening/input-validator")),
  ...(await import("@middy-hardening/payload-guard")),
  ...(await import("@middy-hardening/security-headers")),
  ...(await import("@middy-hardening/security-logger")),
  ...(await import("@middy-hardening/timeout-guard")),
});

const chainOf = (...middlewares: readonly unknown[]): readonly MiddlewareObj[] =>
  middlewares.flat() as MiddlewareObj[];

/** What the suite has told so far; Node itself has its own to say of so many fresh processes in one. */
const warnings = (): readonly string[] =>
  emitWarning.mock.calls
    .filter(([text]) => typeof text === "string")
    .map(([text, kind]) => `${kind}: ${text}`);

const SEEN = {
  early: expect.stringMatching(/^MiddyHardeningWarning: .* a hook of another middleware answered/),
  idempotent: expect.stringMatching(/^MiddyHardeningWarning: .*makeHandlerIdempotent stands/),
  lostTrigger: expect.stringMatching(/^MiddyHardeningWarning: .* none of a known trigger/),
  lostError: expect.stringMatching(/^SecurityLoggerWarning: .*http-error-handler/),
  foreignAnswer: expect.stringMatching(/^ErrorSanitizerWarning: .*http-error-handler/),
  parsedBody: expect.stringMatching(/^PayloadGuardWarning: .* body parser stands further out/),
  secondParser: expect.stringMatching(/^InputValidatorWarning: .* body parser further in/),
};

const order = z.object({ sku: z.string() });

describe("http-error-handler after", () => {
  const theirs = (): unknown => httpErrorHandler({ logger: false });
  const notFound = async (): Promise<never> => {
    throw Object.assign(new Error("No row in orders_eu."), { statusCode: 404 });
  };

  test("harden(): the text of no error leaves, and a warning says where it belongs", async () => {
    const { harden } = await suite();
    const { status, payload, lines } = await observe(chainOf(harden(), theirs()), post(), notFound);
    expect(status).toBe(404);
    expect(payload).toContain("not_found");
    expect(payload).not.toContain("orders_eu");
    expect(lines).toEqual([expect.objectContaining({ outcome: "refused", status: 404 })]);
    expect(warnings()).toEqual([SEEN.foreignAnswer]);
  });

  test("harden(): an error that it does not know is answered and counted, and warnings say that it is not in the log", async () => {
    const { harden } = await suite();
    const { status, payload, events, log } = await observe(
      chainOf(harden(), theirs()),
      post(),
      fail,
    );
    expect(status).toBe(500);
    expect(payload).toContain("internal_server_error");
    expect(events).toEqual(["sys_crash"]);
    expect(log).not.toContain(INTERNAL);
    expect(warnings()).toEqual([SEEN.lostError, SEEN.foreignAnswer]);
  });

  test("securityLogger alone: a warning says that the error is not in the log", async () => {
    const { securityLogger } = await suite();
    const { log } = await observe(chainOf(securityLogger(), theirs()), post(), fail);
    expect(log).not.toContain(INTERNAL);
    expect(warnings()).toEqual([SEEN.lostError]);
  });

  test("and before them, nobody is told anything", async () => {
    const { harden, securityLogger } = await suite();
    for (const ours of [harden(), securityLogger()]) {
      const { log, payload } = await observe(chainOf(theirs(), ours), post(), fail);
      expect(log).toContain(INTERNAL);
      expect(payload).not.toContain("10.0.0.7");
    }
    expect(warnings()).toEqual([]);
  });
});

describe("http-json-body-parser", () => {
  test("before harden(): every body is refused, and a warning says why", async () => {
    const { harden } = await suite();
    const { status } = await observe(chainOf(httpJsonBodyParser(), harden()), post());
    expect(status).toBe(400);
    expect(warnings()).toEqual([SEEN.parsedBody]);
  });

  test("before payloadGuard alone: every body is refused, and a warning says why", async () => {
    const { payloadGuard } = await suite();
    const { error } = await observe(chainOf(httpJsonBodyParser(), payloadGuard()), post());
    expect(error?.errorType).toBe("PublicError");
    expect(warnings()).toEqual([SEEN.parsedBody]);
  });

  test("after harden({ body }): every body is refused, and a warning says why", async () => {
    const { harden } = await suite();
    const { status } = await observe(
      chainOf(harden({ body: order }), httpJsonBodyParser()),
      post(),
    );
    expect(status).toBe(422);
    expect(warnings()).toEqual([SEEN.secondParser]);
  });

  test("after inputValidator alone: every body is refused, and a warning says why", async () => {
    const { inputValidator } = await suite();
    const { error } = await observe(
      chainOf(inputValidator({ body: order }), httpJsonBodyParser()),
      post(),
    );
    expect(error?.errorType).toBe("UnprocessableEntityError");
    expect(warnings()).toEqual([SEEN.secondParser]);
  });
});

describe("parser with an envelope before", () => {
  const schema = JSONStringified(order);
  const http = (): unknown => parser({ schema, envelope: ApiGatewayV2Envelope } as never);
  const sqs = (): unknown => parser({ schema, envelope: SqsEnvelope } as never);
  const serveOrder = async ({ sku }: { sku: string }): Promise<unknown> => ({
    statusCode: 201,
    body: JSON.stringify({ ordered: sku }),
  });
  const queue = sqsEvent([{ body: '{"sku":"A-1"}' }]);

  test("harden() with a schema: the invocation fails, and the log says why", async () => {
    const { harden } = await suite();
    const handle = vi.fn();
    for (const options of [{ body: order }, { query: z.looseObject({}) }]) {
      const { error, log } = await observe(chainOf(http(), harden(options)), post(), handle);
      expect(error?.trace).toEqual([""]);
      expect(log).toContain("a parser with an envelope");
    }
    const { error, log } = await observe(chainOf(sqs(), harden({ record: order })), queue, handle);
    // All records are delivered again.
    expect(error?.trace).toEqual([""]);
    expect(log).toContain("a parser with an envelope");
    expect(handle).not.toHaveBeenCalled();
  });

  test.each([
    ["harden()", "harden"],
    ["errorSanitizer", "errorSanitizer"],
    ["securityLogger", "securityLogger"],
    ["responseGuard", "responseGuard"],
    ["securityHeaders", "securityHeaders"],
    ["timeoutGuard", "timeoutGuard"],
    ["payloadGuard", "payloadGuard"],
  ] as const)("%s: a warning says that it is not known for a request", async (_title, name) => {
    const { [name]: make } = await suite();
    const { status } = await observe(chainOf(http(), make()), post(), serveOrder);
    expect(status).toBe(201);
    expect(warnings()).toEqual([SEEN.lostTrigger]);
  });

  test("harden(): a warning says that a batch is not known for one", async () => {
    const { harden } = await suite();
    const report = async (): Promise<unknown> => ({ batchItemFailures: [] });
    await observe(chainOf(sqs(), harden()), queue, report);
    expect(warnings()).toEqual([SEEN.lostTrigger]);
  });

  test("harden(), with the plugin, which has seen the event: the invocation fails, and the log says why", async () => {
    const { harden, timeoutGuard } = await suite();
    const handle = vi.fn();
    for (const [theirs, event, source] of [
      [http(), post(), "api-gateway-http"],
      [sqs(), queue, "sqs"],
    ] as const) {
      const deadline = timeoutGuard();
      const chain = chainOf(theirs, harden({ timeoutGuard: deadline }));
      const { log } = await observe(chain, event, handle, deadline.plugin);
      expect(log).toContain(`the event is no longer one of ${source}`);
    }
    expect(handle).not.toHaveBeenCalled();
  });

  test("harden(): of a handler that answers nothing, the log alone tells, by its source", async () => {
    const { harden } = await suite();
    const { lines } = await observe(chainOf(sqs(), harden()), queue, async () => {});
    expect(lines).toEqual([expect.objectContaining({ event_source: "direct" })]);
    expect(warnings()).toEqual([]);
  });

  test("those that bound and validate, behind others of ours: the invocation fails, and the log says why", async () => {
    const { securityLogger, inputValidator, payloadGuard } = await suite();
    const handle = vi.fn();
    const optional = z.optional(order);
    for (const ours of [payloadGuard(), inputValidator({ body: optional })]) {
      const { log, error } = await observe(chainOf(securityLogger(), http(), ours), post(), handle);
      expect(error).toBeDefined();
      expect(log).toContain("the event is no longer one of api-gateway-http");
    }
    for (const ours of [payloadGuard(), inputValidator({ record: order })]) {
      const { log, error } = await observe(chainOf(securityLogger(), sqs(), ours), queue, handle);
      expect(error).toBeDefined();
      expect(log).toContain("the event is no longer one of sqs");
    }
    expect(handle).not.toHaveBeenCalled();
  });
});

describe("what answers early, without the plugin of the deadline", () => {
  test.each([
    "harden",
    "errorSanitizer",
    "securityLogger",
    "securityHeaders",
    "responseGuard",
  ] as const)(
    "makeHandlerIdempotent after %s(): a warning says that a repeated request passed by",
    async (name) => {
      const { [name]: make } = await suite();
      const chain = chainOf(make(), once("body"));
      const event = post({ sku: `early-${name}` });
      await observe(chain, event);
      const repeated = await observe(chain, event);
      expect(repeated.status).toBe(201);
      expect(repeated.headers).not.toHaveProperty("x-content-type-options");
      expect(repeated.lines).toEqual([]);
      expect(warnings()).toEqual([]);
      await observe(chain, event);
      expect(warnings()).toEqual([SEEN.early]);
    },
  );

  test("http-cors after harden(): the same of a preflight", async () => {
    const { harden } = await suite();
    const cors = httpCors({
      origin: "https://app.example.com",
      disableBeforePreflightResponse: false,
    });
    const preflight = httpEvent("api-gateway-http", {
      method: "OPTIONS",
      path: "/orders",
      headers: {
        origin: "https://app.example.com",
        "access-control-request-method": "POST",
      },
    });
    const chain = chainOf(harden(), cors);
    expect((await observe(chain, preflight)).status).toBe(204);
    await observe(chain, post());
    expect(warnings()).toEqual([SEEN.early]);
  });

  test("makeHandlerIdempotent after harden(), with the plugin: nobody is told anything", async () => {
    const { harden, timeoutGuard } = await suite();
    const deadline = timeoutGuard();
    const chain = chainOf(harden({ timeoutGuard: deadline }), once("body"));
    for (const _time of [1, 2, 3]) {
      const event = post({ sku: "plugged" });
      const { lines } = await observe(chain, event, serve, deadline.plugin);
      expect(lines).toHaveLength(1);
    }
    expect(warnings()).toEqual([]);
  });
});

describe("what answers further out", () => {
  test("makeHandlerIdempotent before harden(): a warning says so at the first request, and none of ours is asked about a repeated one", async () => {
    const { harden } = await suite();
    const chain = chainOf(once("body"), harden());
    const event = post({ sku: "before" });
    expect((await observe(chain, event)).lines).toHaveLength(1);
    expect(warnings()).toEqual([SEEN.idempotent]);
    expect((await observe(chain, event)).lines).toEqual([]);
  });

  test("warmup after harden({ body }): its call fails, and the log says why", async () => {
    const { harden } = await suite();
    const call = { source: "serverless-plugin-warmup" };
    const { error, log } = await observe(chainOf(harden({ body: order }), warmup()), call);
    expect(error?.trace).toEqual([""]);
    expect(log).toContain("as @middy/warmup does, add that one to the chain before");
  });
});
