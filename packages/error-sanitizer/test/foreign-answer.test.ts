/**
 * A middleware further in that answers errors with their own text leaves nothing to sanitize: the
 * developer is told so.
 */
import middy, { type Request } from "@middy/core";
import { PublicError } from "@middy-hardening/core";
import { httpEvent, invoke } from "@middy-hardening/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Invokes a failing function twice, and collects the warnings of the process. */
async function warningsOf(error: unknown, onError: (request: Request) => void): Promise<string[]> {
  const { errorSanitizer } = await import("../src/index.ts");
  const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const handler = middy(async () => {
    throw error;
  }).use([errorSanitizer(), { onError }]);
  await invoke(handler, httpEvent("api-gateway-http"));
  await invoke(handler, httpEvent("api-gateway-http"));
  return emitWarning.mock.calls.map(([message, type]) => `${type}: ${message}`);
}

const answersItsText = (request: Request): void => {
  request.response = { statusCode: 404, body: request.error?.message };
};

test("an answer of the error's own text is told of once, with what to do", async () => {
  const error = Object.assign(new Error("No row in orders_eu."), { statusCode: 404 });
  expect(await warningsOf(error, answersItsText)).toEqual([
    "ErrorSanitizerWarning: @middy-hardening/error-sanitizer: a middleware further in answered an error with the error's own text, as @middy/http-error-handler does. Leave that middleware out, or add it to the chain before errorSanitizer.",
  ]);
});

test("an object in the place of the error is told of", async () => {
  const warnings = await warningsOf(new Error("Down."), (request) => {
    (request as { error: unknown }).error = { statusCode: 500, expose: true };
    request.response = { statusCode: 500 };
  });
  expect(warnings).toEqual([expect.stringContaining("put an object in the place of the error")]);
});

test.each([
  ["words of its own", new Error("Down."), { statusCode: 503, body: "Try again later." }],
  ["the text of a public error", new PublicError(404, { detail: "None." }), undefined],
  ["an empty text", new Error(""), { statusCode: 500, body: "" }],
  ["no text for a symbol", Symbol("Down."), { statusCode: 500 }],
])("an answer of %s is nobody's business", async (_what, error, response) => {
  const onError = (request: Request): void => {
    if (response === undefined) answersItsText(request);
    else request.response = response;
  };
  expect(await warningsOf(error, onError)).toEqual([]);
});
