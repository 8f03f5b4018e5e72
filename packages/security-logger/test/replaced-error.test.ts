/**
 * A middleware further in that puts something of its own in the place of an error takes it from the log:
 * the developer is told so.
 */
import middy, { type MiddlewareObj, type Request } from "@middy/core";
import { PublicError } from "@middy-hardening/core";
import { captureOutput, httpEvent, invoke } from "@middy-hardening/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** As `@middy/http-error-handler` does it to an error that has no status. */
const replaces = (request: Request): void => {
  const words = { statusCode: 500, message: undefined, expose: true };
  (request as { error: unknown }).error = words;
  request.response = { statusCode: 500 };
};

/** Invokes a failing function twice, and collects the warnings of the process. */
async function warningsOf(
  onError: (request: Request) => void,
  place: "before" | "after" = "after",
): Promise<string[]> {
  const { securityLogger } = await import("../src/index.ts");
  const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const theirs: MiddlewareObj = { onError };
  const ours = securityLogger();
  const handler = middy(async () => {
    throw new Error("Down.");
  }).use(place === "after" ? [ours, theirs] : [theirs, ours]);
  using _ = captureOutput();
  await invoke(handler, httpEvent("api-gateway-http"));
  await invoke(handler, httpEvent("api-gateway-http"));
  return emitWarning.mock.calls.map(([message, type]) => `${type}: ${message}`);
}

test("an object in the place of an error is told of once, with what to do", async () => {
  expect(await warningsOf(replaces)).toEqual([
    "SecurityLoggerWarning: @middy-hardening/security-logger: a middleware further in has put an object in the place of an error, as @middy/http-error-handler does: what was thrown is not in the log. Leave that middleware out, or add it to the chain before securityLogger.",
  ]);
});

test("the same further out is nobody's business: the log has the error already", async () => {
  expect(await warningsOf(replaces, "before")).toEqual([]);
});

test.each([
  ["an answer that leaves the error alone", { statusCode: 500 }, undefined],
  ["an error without an answer", undefined, { statusCode: 500, expose: true }],
  ["an object of the application's own", { statusCode: 404 }, { statusCode: 404, expose: true }],
  ["an object that is not exposed", { statusCode: 500 }, { statusCode: 500 }],
  ["a PublicError", { statusCode: 500 }, new PublicError(500)],
])("%s is nobody's business", async (_what, response, error) => {
  const warnings = await warningsOf((request) => {
    request.response = response;
    if (error !== undefined) (request as { error: unknown }).error = error;
  });
  expect(warnings).toEqual([]);
});
