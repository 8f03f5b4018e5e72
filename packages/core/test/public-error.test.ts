import middy, { type Request } from "@middy/core";
import httpErrorHandler from "@middy/http-error-handler";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isPublicError, PublicError } from "../src/index.ts";

afterEach(() => {
  vi.resetModules();
});

describe("PublicError", () => {
  it("says of itself what its author wrote", () => {
    const cause = new Error("connection refused");
    const error = new PublicError(429, {
      code: "quota_exceeded",
      title: "Quota exceeded",
      detail: "Ten orders a minute.",
      headers: { "retry-after": "60" },
      extensions: { limit: 10 },
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "PublicError",
      message: "Ten orders a minute.",
      statusCode: 429,
      expose: true,
      code: "quota_exceeded",
      title: "Quota exceeded",
      detail: "Ten orders a minute.",
      headers: { "retry-after": "60" },
      extensions: { limit: 10 },
    });
    expect(error.cause).toBe(cause);
  });

  it("says by default what its status says", () => {
    const error = new PublicError(404);
    expect(error).toMatchObject({
      message: "Not Found",
      code: "not_found",
      title: "Not Found",
      detail: undefined,
      headers: {},
      extensions: {},
    });
    expect("cause" in error).toBe(false);
    expect(new PublicError(418).code).toBe("bad_request");
  });

  it("keeps its cause out of what a logger enumerates", () => {
    const error = new PublicError(500, { cause: new Error("postgres://user:hunter2@db") });
    expect(JSON.stringify({ ...error })).not.toContain("hunter2");
  });

  it.each([200, 399, 600, 404.5, Number.NaN, "404", undefined])(
    "refuses the status %s",
    (status) => {
      expect(() => new PublicError(status as number)).toThrow(
        new TypeError(
          "@middy-hardening/core: the status of a PublicError must be a whole number from 400 to 599.",
        ),
      );
    },
  );

  it("is understood by @middy/http-error-handler", async () => {
    const handler = middy(() => {
      throw new PublicError(404, { detail: "No such order.", headers: { "x-a": "1" } });
    }).use(httpErrorHandler({ logger: false }));
    expect(await handler({}, {} as Request["context"])).toEqual({
      statusCode: 404,
      headers: { "Content-Type": "text/plain", "x-a": "1" },
      body: "No such order.",
    });
  });
});

describe("isPublicError", () => {
  it("knows the errors of another copy of the package, and their subclasses", async () => {
    vi.resetModules();
    const copy = await import("../src/public-error.ts");
    expect(copy.PublicError).not.toBe(PublicError);
    expect(new copy.PublicError(404)).not.toBeInstanceOf(PublicError);
    expect(isPublicError(new copy.PublicError(404))).toBe(true);
    expect(copy.isPublicError(new PublicError(404))).toBe(true);
    class OrderNotFound extends PublicError {}
    expect(copy.isPublicError(new OrderNotFound(404))).toBe(true);
  });

  it("is not fooled by what looks like one", () => {
    const lookalike = { name: "PublicError", statusCode: 404, expose: true, code: "x", title: "x" };
    for (const value of [lookalike, new Error("x"), null, undefined, "PublicError", 404, () => 1]) {
      expect(isPublicError(value)).toBe(false);
    }
    expect(isPublicError(JSON.parse('{"Symbol(middy-hardening.PublicError)":true}'))).toBe(false);
  });

  it("is false for a proxy whose traps throw", () => {
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error("no");
        },
      },
    );
    expect(isPublicError(hostile)).toBe(false);
  });
});
