/**
 * A middleware further in that answers errors with their own text leaves nothing to sanitize: the
 * developer is told so, and what only looks as if it were public is withheld all the same.
 */
import middy, { type Request } from "@middy/core";
import { PublicError } from "@middy-hardening/core";
import { captureSecurityEvents, httpEvent, invoke } from "@middy-hardening/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

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
    'ErrorSanitizerWarning: @middy-hardening/error-sanitizer: a middleware further in answered an error with the error\'s own text, as @middy/http-error-handler does. Leave that middleware out, or add it to the chain before errorSanitizer. What callers may read of an error belongs in a PublicError, which option "map" can make of it.',
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

describe("words that a middleware further in took for public", () => {
  /** As `@middy/http-error-handler` answers. */
  const answersAll = (request: Request): void => {
    const error = Object(request.error);
    if (error.statusCode) error.expose ??= error.statusCode < 500;
    if (!error.expose) {
      const words = { statusCode: 500, message: "Try again later.", expose: true };
      (request as { error: unknown }).error = words;
    }
    const { statusCode, message: body } = Object(request.error);
    request.response = { statusCode, headers: { "Content-Type": "text/plain" }, body };
  };

  async function answerTo(error: unknown, onError = answersAll, options = {}) {
    vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const { errorSanitizer } = await import("../src/index.ts");
    const handler = middy(async () => {
      throw error;
    }).use([errorSanitizer(options), { onError }]);
    const { result } = await invoke(handler, httpEvent("api-gateway-http"));
    const { statusCode, body } = Object(result);
    return { statusCode, body: String(body) };
  }
  const withStatus = (fields: object) => Object.assign(new Error("No row in orders_eu."), fields);

  test.each([
    ["that says nothing of it", withStatus({ statusCode: 404 })],
    ["of http-errors", withStatus({ statusCode: 404, status: 404, expose: true })],
  ])("of an error %s are withheld, and its status stays", async (_what, error) => {
    const { statusCode, body } = await answerTo(error);
    expect(statusCode).toBe(404);
    expect(JSON.parse(body)).toMatchObject({ title: "Not Found", code: "not_found" });
    expect(body).not.toContain("orders_eu");
  });

  test("of an object that was thrown are withheld", async () => {
    const { statusCode, body } = await answerTo({
      statusCode: 404,
      message: "No row in orders_eu.",
    });
    expect(statusCode).toBe(500);
    expect(body).not.toContain("orders_eu");
  });

  test("go out when `map` makes a public error of it", async () => {
    const map = ({ message: detail }: Error) => new PublicError(404, { detail });
    const { body } = await answerTo(withStatus({ statusCode: 404 }), answersAll, { map });
    expect(JSON.parse(body)).toMatchObject({ detail: "No row in orders_eu." });
  });

  test("of a public error are kept as they were answered", async () => {
    const error = new PublicError(404, { detail: "No such order." });
    expect(await answerTo(error)).toEqual({ statusCode: 404, body: "No such order." });
  });

  test("are problem details when there are none", async () => {
    const wordless = (request: Request): void => {
      (request as { error: unknown }).error = { statusCode: 500, message: undefined, expose: true };
      request.response = { statusCode: 500, headers: {} };
    };
    using security = captureSecurityEvents();
    const { statusCode, body } = await answerTo(new Error("Down."), wordless);
    expect(statusCode).toBe(500);
    expect(JSON.parse(body)).toMatchObject({ code: "internal_server_error" });
    expect(security.events.map(({ name }) => name)).toEqual(["sys_crash"]);
  });

  test("are kept when they are those that the application gave for all other errors", async () => {
    const answer = { statusCode: 500, body: "Try again later." };
    expect(await answerTo(new Error("Down."))).toEqual(answer);
  });

  test("are kept when a hook of the application's own chose them for an error that is not exposed", async () => {
    const error = withStatus({ statusCode: 404 });
    expect((await answerTo(error, answersItsText)).body).toBe("No row in orders_eu.");
  });

  test("are not looked for in an answer of another status", async () => {
    const error = withStatus({ statusCode: 401, expose: true, message: "" });
    const redirect = (request: Request): void => {
      request.response = { statusCode: 302, headers: { location: "/sign-in" } };
    };
    expect((await answerTo(error, redirect)).statusCode).toBe(302);
  });

  test("do not exist of an error that cannot be read", async () => {
    const error = new Proxy(new Error("Down."), {
      get(_target, name) {
        if (name === "message") throw new Error("Unreadable.");
        return undefined;
      },
    });
    const answer = { statusCode: 503, body: "Try again later." };
    const own = (request: Request): void => void (request.response = answer);
    expect(await answerTo(error, own)).toEqual(answer);
  });
});
