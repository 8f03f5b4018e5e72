import middy from "@middy/core";
import { PublicError } from "@middy-hardening/core";
import {
  captureOutput,
  captureSecurityEvents,
  HTTP_KINDS,
  httpAnswer,
  httpEvent,
  invoke,
} from "@middy-hardening/testing";
import { timeoutGuard } from "@middy-hardening/timeout-guard";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import harden, { type HardenOptions, harden as named } from "../src/index.ts";

const Order = z.strictObject({ sku: z.string(), quantity: z.int() });

/** The middlewares of a chain by the name of their first hook. */
const namesOf = (options?: HardenOptions): string[] =>
  harden(options).map(({ before, after }) =>
    ((before ?? after) as { name: string }).name.replace(/(?:Before|After)$/, ""),
  );

describe("the chain", () => {
  test("is the same as named and as default export", () => {
    expect(named).toBe(harden);
  });

  test("has every protection in the order in which they work together", () => {
    expect(namesOf({ body: Order })).toEqual([
      "errorSanitizer",
      "securityLogger",
      "responseGuard",
      "securityHeaders",
      "timeoutGuard",
      "payloadGuard",
      "inputValidator",
    ]);
  });

  test("has a place for what brings secrets", () => {
    const secretsLoader = { before: function secretsLoaderBefore() {} };
    const kmsDecryptor = { before: function kmsDecryptorBefore() {} };
    expect(namesOf({ body: Order, kmsDecryptor, secretsLoader }).slice(5)).toEqual([
      "payloadGuard",
      "secretsLoader",
      "inputValidator",
      "kmsDecryptor",
    ]);
  });

  test("leaves validation out when there is nothing to validate", () => {
    expect(namesOf()).not.toContain("inputValidator");
  });

  test.each([
    "errorSanitizer",
    "securityLogger",
    "responseGuard",
    "securityHeaders",
    "timeoutGuard",
    "payloadGuard",
  ] as const)("leaves %s out when it is false", (group) => {
    expect(namesOf({ [group]: false })).toHaveLength(5);
    expect(namesOf({ [group]: false })).not.toContain(group);
  });

  test("is empty when everything is switched off", () => {
    const guards = { timeoutGuard: false, payloadGuard: false, responseGuard: false } as const;
    const off = { errorSanitizer: false, securityLogger: false, securityHeaders: false } as const;
    expect(harden({ ...off, ...guards })).toEqual([]);
  });

  test("takes a deadline that is made already, whose plugin Middy has", () => {
    const deadline = timeoutGuard({ reserveMs: 100 });
    expect(harden({ timeoutGuard: deadline })).toContain(deadline);
  });

  test("does not take what becomes of invalid records for something to validate", () => {
    expect(namesOf({ onInvalidRecord: "drop" })).not.toContain("inputValidator");
  });
});

describe("its options", () => {
  test("name a misspelt one and the one that was meant", () => {
    expect(() => harden({ paylodGuard: false } as HardenOptions)).toThrow(
      '@middy-hardening/preset: unknown option "paylodGuard". Did you mean "payloadGuard"?',
    );
  });

  test("refuse a group that is neither an object nor false", () => {
    expect(() => harden({ payloadGuard: true } as unknown as HardenOptions)).toThrow(
      '@middy-hardening/preset: option "payloadGuard" must be an object, or false, but got a boolean.',
    );
  });

  test("refuse the options of a middleware where the middleware is wanted", () => {
    expect(() => harden({ secretsLoader: { secrets: {} } } as unknown as HardenOptions)).toThrow(
      '@middy-hardening/preset: option "secretsLoader" must be the middleware that its package makes, such as secretsLoader({ ... }), but got an object.',
    );
  });

  test("reach the middleware of their group, which checks them", () => {
    const misspelt = { payloadGuard: { maxByte: 1 } } as HardenOptions;
    expect(() => harden(misspelt)).toThrow(
      '@middy-hardening/payload-guard: unknown option "maxByte". Did you mean "maxBytes"?',
    );
  });

  test("of the validator stand at the top and are checked by it", () => {
    expect(() => harden({ body: {} } as unknown as HardenOptions)).toThrow(
      /^@middy-hardening\/input-validator: option "body" must be a Standard Schema/,
    );
  });
});

describe.each(HTTP_KINDS)("behind %s", (kind) => {
  const handler = middy()
    .use(harden({ body: Order }))
    .handler(({ body }) => {
      if (body.sku === "gone") throw new PublicError(404, { code: "sku_not_found" });
      if (body.sku === "broken") throw new Error("connect ECONNREFUSED 10.0.0.7:5432");
      return { statusCode: 201, body: JSON.stringify(body) };
    });

  const post = async (body: string | object) => {
    using output = captureOutput();
    using security = captureSecurityEvents();
    const outcome = await invoke(
      handler,
      httpEvent(kind, { method: "POST", path: "/orders", body }),
    );
    const answer = httpAnswer(kind, outcome);
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: JSON.parse(answer.body.toString()) as Record<string, unknown>,
      log: output.records,
      text: output.text,
      events: security.events.map(({ name }) => name),
    };
  };

  const invocationLine = (log: readonly Readonly<Record<string, unknown>>[]) =>
    log.find((record) => "outcome" in record && "duration_ms" in record);

  test("serves a valid request with secure headers and one line in the log", async () => {
    const seen = await post({ sku: "A-1", quantity: 2 });
    expect(seen.status).toBe(201);
    expect(seen.body).toEqual({ sku: "A-1", quantity: 2 });
    expect(seen.headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
    expect(invocationLine(seen.log)).toMatchObject({ outcome: "served", status: 201 });
    expect(seen.events).toEqual([]);
  });

  test("refuses an invalid body with problem details that have secure headers too", async () => {
    const seen = await post({ sku: "A-1", quantity: "many-secret-things" });
    expect(seen.status).toBe(422);
    expect(seen.headers).toMatchObject({
      "content-type": "application/problem+json",
      "x-content-type-options": "nosniff",
    });
    expect(seen.body).toMatchObject({
      status: 422,
      errors: [{ pointer: "#/quantity" }],
    });
    expect(seen.events).toEqual(["input_validation_fail"]);
    expect(invocationLine(seen.log)).toMatchObject({ outcome: "refused", status: 422 });
    expect(seen.text).not.toContain("many-secret-things");
  });

  test("refuses a deep body before it is parsed", async () => {
    const seen = await post(`{"sku":${"[".repeat(100_000)}`);
    expect(seen.status).toBe(400);
    expect(seen.body).toMatchObject({ code: "json_too_deep" });
  });

  test("lets a public error speak and keeps any other error quiet", async () => {
    const gone = await post({ sku: "gone", quantity: 1 });
    expect(gone.status).toBe(404);
    expect(gone.body).toMatchObject({ code: "sku_not_found" });

    const broken = await post({ sku: "broken", quantity: 1 });
    expect(broken.status).toBe(500);
    expect(JSON.stringify(broken.body)).not.toContain("ECONNREFUSED");
    expect(broken.headers).toHaveProperty("strict-transport-security");
    expect(broken.events).toEqual(["sys_crash"]);
    expect(invocationLine(broken.log)).toMatchObject({ outcome: "failed", status: 500 });
    expect(broken.text).toContain("ECONNREFUSED");
  });
});

test("accepts a form body when the function reads forms, without a second setting", async () => {
  using _output = captureOutput();
  const handler = middy()
    .use(harden({ bodyType: "form", body: z.object({ sku: z.string() }) }))
    .handler(({ body }) => ({ statusCode: 200, body: JSON.stringify(body) }));
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const event = httpEvent("api-gateway-http", { method: "POST", headers: form, body: "sku=A-1" });
  const { result } = await invoke(handler, event);
  expect(result).toMatchObject({ statusCode: 200, body: '{"sku":"A-1"}' });
});

test("lets the content types of payloadGuard stand when they are set", async () => {
  using _output = captureOutput();
  const handler = middy()
    .use(harden({ bodyType: "form", payloadGuard: { contentTypes: ["text/plain"] } }))
    .handler(() => ({ statusCode: 200 }));
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const event = httpEvent("api-gateway-http", { method: "POST", headers: form, body: "sku=A-1" });
  expect((await invoke(handler, event)).result).toMatchObject({ statusCode: 415 });
});

test("answers a CORS preflight before anything else runs, and logs it", async () => {
  using output = captureOutput();
  const cors = { origins: ["https://shop.example"] };
  const handler = middy()
    .use(harden({ body: Order, securityHeaders: { cors } }))
    .handler(() => {
      throw new Error("must not run");
    });
  const event = httpEvent("api-gateway-http", {
    method: "OPTIONS",
    headers: { origin: "https://shop.example", "access-control-request-method": "POST" },
  });
  const { result } = await invoke(handler, event);
  expect(result).toMatchObject({
    statusCode: 204,
    headers: { "access-control-allow-origin": "https://shop.example" },
  });
  expect(output.records).toMatchObject([{ outcome: "served", status: 204 }]);
});

test("replaces a leaking response, with secure headers, and logs the status that was sent", async () => {
  using output = captureOutput();
  using security = captureSecurityEvents();
  const handler = middy()
    .use(harden())
    .handler(() => ({
      statusCode: 200,
      headers: { "set-cookie": "session=1" },
      body: JSON.stringify({ error: new Error("boom").stack }),
    }));
  const { result } = await invoke(handler, httpEvent("api-gateway-http"));
  const response = result as { statusCode: number; headers: Record<string, string>; body: string };
  expect(response.statusCode).toBe(500);
  expect(response.headers).toHaveProperty("strict-transport-security");
  expect(response.headers).not.toHaveProperty("set-cookie");
  expect(response.body).not.toContain("harden.test");
  expect(security.events).toMatchObject([{ name: "response_leak", outcome: "blocked" }]);
  const line = output.records.find(({ message }) => message === "Invocation");
  expect(line).toMatchObject({ outcome: "failed", status: 500 });
});

test("takes a Middy handler that another one calls, a router's, for one invocation", async () => {
  using output = captureOutput();
  const inner = middy()
    .use(harden({ body: Order }))
    .handler(() => ({ statusCode: 201 }));
  const outer = middy<object>()
    .use(harden())
    .handler((event, context) => inner(event as never, context as never));
  const body = { sku: "A-1", quantity: 1, isAdmin: true };
  const event = httpEvent("api-gateway-http", { method: "POST", body });
  const { result } = await invoke(outer, event);
  expect(result).toMatchObject({ statusCode: 422 });
  expect(output.records.filter((record) => "outcome" in record)).toMatchObject([
    { event: "malicious_extraneous:#/isAdmin" },
    { message: "Invocation", outcome: "refused", status: 422 },
  ]);
});
