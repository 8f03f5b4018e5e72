/**
 * A parser that stands further out has read what nobody had bounded: the developer is told so.
 */
import middy from "@middy/core";
import { httpEvent, invoke } from "@middy-hardening/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const parsed = (request: { event: { body?: unknown } }): void => {
  request.event.body = JSON.parse(String(request.event.body));
};

/** Invokes a function twice, and collects the warnings of the process. */
async function warningsOf(event: object): Promise<string[]> {
  const { payloadGuard } = await import("../src/index.ts");
  const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const handler = middy(async () => ({ statusCode: 200 }))
    .before(parsed as never)
    .use(payloadGuard());
  await invoke(handler, event);
  await invoke(handler, event);
  return emitWarning.mock.calls.map(([message, type]) => `${type}: ${message}`);
}

const message = (body: string): object => ({
  requestContext: { eventType: "MESSAGE", connectionId: "AbCdEf=", routeKey: "$default" },
  body,
  isBase64Encoded: false,
});

test("a parsed body of a request is told of once, by the package's name and with what to do", async () => {
  const event = httpEvent("api-gateway-http", { method: "POST", body: { sku: "A-1" } });
  expect(await warningsOf(event)).toEqual([
    "PayloadGuardWarning: @middy-hardening/payload-guard: the body of an event is an object, and no text: a body parser stands further out. Add payloadGuard, or harden(), to the chain before the parser.",
  ]);
});

test("a parsed message of a WebSocket is told of, too", async () => {
  expect(await warningsOf(message('{"sku":"A-1"}'))).toHaveLength(1);
});

test("a body of another kind, which no parser makes of a request, is not told of", async () => {
  expect(await warningsOf(message("null"))).toEqual([]);
  expect(await warningsOf(message("7"))).toEqual([]);
});
